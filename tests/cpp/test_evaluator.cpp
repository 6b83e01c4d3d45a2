/// The evaluator on random environments: gradients by finite differences, blocks of any size, one answer from all instruction sets.
#include "check.h"

#include "model/evaluator.h"

#include <memory>
#include <vector>

using namespace sswnn;

struct Neighbour {
  double r[3];
  int element;
};
using Environment = std::vector<Neighbour>;

static Environment random_environment(int count, double cutoff)
{
  Environment environment;
  while (int(environment.size()) < count) {
    Neighbour j;
    double rsq = 0.0;
    for (double &x : j.r) {
      x = uniform(-cutoff, cutoff);
      rsq += x * x;
    }
    j.element = int(uniform(0.0, 2.999));
    if (rsq < 0.95 * cutoff * cutoff && rsq > 2.0) environment.push_back(j);
  }
  return environment;
}

static void fill(Block &block, int element, const std::vector<Environment> &centres)
{
  block.start(element);
  for (const auto &centre : centres) {
    block.reserve(centre.size());
    std::size_t k = block.end();
    for (const auto &j : centre) {
      block.x[k] = j.r[0];
      block.y[k] = j.r[1];
      block.z[k] = j.r[2];
      block.element_of[k] = j.element;
      block.tag[k] = int(k);
      k++;
    }
    block.close_centre(k);
  }
}

static double energy(Evaluator &evaluator, int element, const Environment &environment)
{
  Block block;
  fill(block, element, {environment});
  evaluator.evaluate(block);
  return block.energy[0];
}

static void gradients_are_slopes(Evaluator &evaluator)
{
  const double h = 1e-5;
  for (int element = 0; element < 3; element++) {
    Environment environment = random_environment(20, evaluator.model().cutoff);
    Block block;
    fill(block, element, {environment});
    evaluator.evaluate(block);
    double largest = 0.0;
    for (int k = 0; k < 20; k += 3) {
      const double *gradient[3] = {block.gx, block.gy, block.gz};
      for (int d = 0; d < 3; d++) {
        double side[2];
        for (int s = 0; s < 2; s++) {
          Environment moved = environment;
          moved[k].r[d] += s ? h : -h;
          side[s] = energy(evaluator, element, moved);
        }
        const double slope = (side[1] - side[0]) / (2 * h);
        largest = std::max(largest, std::fabs(slope));
        CHECK_NEAR(gradient[d][block.first[0] + k], slope, 1e-7);
      }
    }
    CHECK(largest > 1e-3);
  }
}

/// A centre's energy and uncertainty depend on neither its place in a block nor the block's other centres.
static void blocks_of_any_size(Evaluator &evaluator)
{
  Block block;
  for (int count = 1; count <= Block::capacity; count++) {
    std::vector<Environment> centres;
    for (int c = 0; c < count; c++) centres.push_back(random_environment((c * 7) % 23, evaluator.model().cutoff));
    const int element = count % 3;
    fill(block, element, centres);
    evaluator.evaluate(block, true);
    CHECK(block.count == count && block.full() == (count == Block::capacity));
    for (int c = 0; c < count; c++) {
      CHECK(block.neighbours[c] == (c * 7) % 23);
      CHECK(block.uncertainty[c] > 0.0);
      CHECK_NEAR(block.energy[c], energy(evaluator, element, centres[c]), 1e-11);
    }
  }
}

static void instruction_sets_agree(const std::shared_ptr<const Model> &model)
{
  Evaluator reference(model, Isa::baseline);
  std::vector<Environment> centres;
  for (int c = 0; c < Block::capacity; c++) centres.push_back(random_environment(10 + c, model->cutoff));
  Block expected;
  fill(expected, 1, centres);
  reference.evaluate(expected, true);
  for (Isa isa : available_isas()) {
    Evaluator evaluator(model, isa);
    CHECK(evaluator.isa() == isa);
    Block block;
    fill(block, 1, centres);
    evaluator.evaluate(block, true);
    for (int c = 0; c < block.count; c++) {
      CHECK_NEAR(block.energy[c], expected.energy[c], 1e-11);
      CHECK_NEAR(block.uncertainty[c], expected.uncertainty[c], 1e-11);
      for (int k = 0; k < block.neighbours[c]; k++) {
        CHECK_NEAR(block.gx[block.first[c] + k], expected.gx[expected.first[c] + k], 1e-11);
        CHECK_NEAR(block.gz[block.first[c] + k], expected.gz[expected.first[c] + k], 1e-11);
      }
    }
    std::printf("%s agrees\n", name(isa).c_str());
  }
}

int main(int, char **argv)
{
  const auto model = read_model(argv[1]);
  for (Isa isa : available_isas()) {
    Evaluator evaluator(model, isa);
    gradients_are_slopes(evaluator);
    blocks_of_any_size(evaluator);
    CHECK(evaluator.memory_usage() > 0);
  }
  instruction_sets_agree(model);
  CHECK(isa_from_name("baseline") == Isa::baseline);
  CHECK_THROWS(isa_from_name("sse9"), std::invalid_argument);
  return finish();
}
