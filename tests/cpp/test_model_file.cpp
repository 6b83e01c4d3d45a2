/// Damaged model files are refused with a ModelError; none is read past its end, whatever its bytes say.
#include "check.h"

#include "model/evaluator.h"
#include "model/json.h"
#include "model/model.h"

#include <cstring>
#include <locale>
#include <string>

using namespace sswnn;

static bool refused(const std::string &bytes)
{
  try {
    // an exact copy on the heap, so that the address sanitizer sees a read of one byte too many
    const std::unique_ptr<char[]> copy(new char[bytes.size()]);
    std::memcpy(copy.get(), bytes.data(), bytes.size());
    parse_model(copy.get(), bytes.size());
  } catch (const ModelError &error) {
    return std::strlen(error.what()) > 10;
  }
  return false;
}

static void damaged_files(const std::string &good)
{
  CHECK(!refused(good));
  CHECK(refused(""));
  CHECK(refused(good + "x"));
  for (std::size_t size : {1u, 7u, 8u, 9u, 100u}) CHECK(refused(good.substr(0, size)));
  for (int k = 0; k < 300; k++) CHECK(refused(good.substr(0, std::size_t(uniform(0, double(good.size()))))));
  for (int k = 0; k < 2000; k++) {
    std::string bad = good;
    const std::size_t limit =
        k % 2 ? bad.size() : std::min<std::size_t>(bad.size(), 4000);    // half of them in the header
    char &byte = bad[std::size_t(uniform(0, double(limit)))];
    byte = char(byte ^ (1 << int(uniform(0, 7.999))));
    CHECK(refused(bad));
  }
}

/// Header lengths that no file has.
static void absurd_sizes(const std::string &good)
{
  for (std::uint64_t size : {std::uint64_t(0), std::uint64_t(1), std::uint64_t(good.size()), std::uint64_t(1) << 31,
                             std::uint64_t(1) << 62, ~std::uint64_t(0), ~std::uint64_t(7)}) {
    std::string bad = good;
    std::memcpy(&bad[0], &size, 8);
    CHECK(refused(bad));
  }
}

struct Comma : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
};

/// Numbers mean the same in a program with a decimal comma.
static void numbers()
{
  const std::string text = "[5.5, -1e-3, 12, 1e400]";
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new Comma));
  const json::Value list = json::parse(text.data(), text.size());
  std::locale::global(before);
  CHECK(list.items[0].number == 5.5 && list.items[1].number == -1e-3 && list.items[2].number == 12);
  CHECK(list.items[3].number > 1e300);
}

int main(int, char **argv)
{
  const std::string good = read_model_bytes(argv[1]);
  const auto model = parse_model(good.data(), good.size());
  CHECK(model->elements.size() == 3 && model->element_index("Cl") == 2 && model->element_index("Hf") == -1);
  CHECK(model->cutoff == 5.0);
  damaged_files(good);
  absurd_sizes(good);
  numbers();
  CHECK_THROWS(read_model("/no/such/file"), ModelError);
  CHECK_THROWS(read_model_bytes("/"), ModelError);
  return finish();
}
