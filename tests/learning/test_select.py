"""Picks: within the bounds, no duplicates, spread out; what is known counts as picked already."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk

pytest.importorskip("torch")

from sswnn.data.frames import frame_key
from sswnn.data.sampling import rattled, tag
from sswnn.learning.config import SelectConfig, StopConfig
from sswnn.learning.known import Known
from sswnn.learning.motion import md_starts
from sswnn.learning.select import Bounds, bounds, nothing_picked, select
from sswnn.learning.stop import verdict
from sswnn.ssw.fingerprint import Fingerprint, distance, fingerprint

LIMITS = Bounds(0.1, 1.0)


def explored(atoms: Atoms, uncertainty: float = 0.5, force: float = 1.0, group: str = "g") -> Atoms:
    return tag(atoms.copy(), "test", group, "md", uncertainty=uncertainty, largest_force=force)


def crowd(rng: np.random.Generator, count: int) -> list[Atoms]:
    """Many frames close to one crystal, few close to each of nine others."""
    parents = [bulk("LiCl", "rocksalt", a=5.1)] + [bulk("LiCl", s, a=a) for s in ("rocksalt", "cesiumchloride", "zincblende")
                                                  for a in (4.4, 5.6, 6.4)]  # fmt: skip
    few = [explored(rattled(p, rng, 0.02)) for p in parents[1:] for _ in range(2)]
    return few + [explored(rattled(parents[0], rng, 0.02)) for _ in range(count - len(few))]


def spread(prints: list[Fingerprint]) -> float:
    """Distance of the closest two."""
    return min(distance(a, b) for k, a in enumerate(prints) for b in prints[:k])


def covering(picked: list[Fingerprint], prints: list[Fingerprint]) -> float:
    """Distance of the worst represented one to its nearest pick."""
    return max(min(distance(one, pick) for pick in picked) for one in prints)


def test_diversity_beats_chance():
    rng = np.random.default_rng(0)
    frames = crowd(rng, 200)
    prints = [fingerprint(f) for f in frames]
    found = [fingerprint(f) for f in select(frames, Known(), SelectConfig(per_cycle=10), LIMITS).picked]
    assert len(found) == 10
    for _ in range(5):
        chance = [prints[k] for k in rng.choice(len(frames), 10, replace=False)]
        assert covering(found, prints) < 0.5 * covering(chance, prints)
        assert spread(found) > 2 * spread(chance)


def test_the_fast_choice_is_that_of_the_plain_definition():
    frames = crowd(np.random.default_rng(1), 40)
    known = Known([frames[0], explored(bulk("Li", "bcc", a=3.4))])
    found = select(frames, known, SelectConfig(per_cycle=8), LIMITS).picked
    chosen = [fingerprint(frames[0])]
    rest = frames[1:]
    for pick in found:
        gaps = [min(distance(fingerprint(f), c) for c in chosen) for f in rest]
        best = int(np.argmax(gaps))
        assert frame_key(pick) == frame_key(rest[best])
        assert pick.info["distance"] == pytest.approx(gaps[best], abs=1e-5)
        chosen.append(fingerprint(rest.pop(best)))


def test_there_are_no_duplicates_whatever_their_form():
    salt = bulk("LiCl", "rocksalt", a=5.1, cubic=True)
    turned = salt.copy()
    turned.rotate(30, "z", rotate_cell=True)
    shuffled = salt[np.random.default_rng(0).permutation(len(salt))]
    same = [salt, salt, turned, shuffled, salt.repeat((2, 1, 1)), bulk("LiCl", "rocksalt", a=5.1), rattled(salt,
            np.random.default_rng(1), 1e-4)]  # fmt: skip
    other = bulk("LiCl", "rocksalt", a=5.6)
    found = select([explored(a) for a in [*same, other]], Known(), SelectConfig(), LIMITS)
    assert len(found.picked) == 2
    assert found.refused["duplicate"] == 6
    again = select([explored(a) for a in [*same, other]], Known(found.picked), SelectConfig(), LIMITS)
    assert not again.picked and again.refused["duplicate"] == 8


def test_bounds_and_the_reasons_against_a_frame():
    salt = bulk("LiCl", "rocksalt", a=5.1)
    close = bulk("LiCl", "rocksalt", a=2.0)
    frames = [
        explored(salt, 0.09), explored(salt, 1.01), explored(salt, float("inf")), explored(salt, 0.5, 31.0),
        explored(close), explored(salt, 0.1), explored(bulk("LiCl", "rocksalt", a=5.5), 1.0, 30.0),
        explored(bulk("LiCl", "rocksalt", a=5.9), 0.3),
    ]  # fmt: skip
    found = select(frames, Known(), SelectConfig(per_cycle=2), LIMITS)
    assert found.refused == {
        "too certain": 1, "too uncertain": 2, "too large a force": 1, "too close": 1, "duplicate": 0, "not needed": 1
    }  # fmt: skip
    assert len(found.picked) == 2 and not found.converged
    message = str(nothing_picked(3, select(frames[:2], Known(), SelectConfig(), LIMITS), SelectConfig(), LIMITS))
    assert "cycle 3: none of 2 explored frames can be picked: 1 too certain, 1 too uncertain; allowed" in message
    assert select(frames[:1], Known(), SelectConfig(), LIMITS).converged
    many = [explored(bulk("LiCl", "rocksalt", a=5.0 + 0.01 * k), 0.05) for k in range(5)]
    assert select([*many, *frames[1:4]], Known(), SelectConfig(), LIMITS).converged  # a few absurd ones do not matter
    assert not select([*many[:2], *frames[1:4]], Known(), SelectConfig(), LIMITS).converged


def test_of_equally_far_frames_the_most_uncertain_comes_first():
    frames = [explored(bulk(s, "fcc", a=4.0), u) for s, u in (("Cu", 0.2), ("Ag", 0.9), ("Au", 0.4))]
    found = select(frames, Known(), SelectConfig(per_cycle=2), LIMITS)
    assert [f.info["uncertainty"] for f in found.picked] == [0.9, 0.4]


def test_bounds_are_multiples_of_the_force_error_or_absolute():
    assert bounds(SelectConfig(low=2, high=10), 0.1) == Bounds(0.2, 1.0)
    assert bounds(SelectConfig(low=2, high=10, unit="ev_per_a"), 0.1) == Bounds(2, 10)


def test_a_structure_belongs_to_the_group_of_the_frame_that_it_resembles():
    salt = bulk("LiCl", "rocksalt", a=5.1)
    known = Known([explored(salt, group="salt"), explored(bulk("LiCl", "cesiumchloride", a=3.2), group="cscl")])
    assert known.group(rattled(salt, np.random.default_rng(0), 0.02)) == "salt"
    assert known.group(salt.repeat((2, 2, 1))) == "salt"
    assert known.group(bulk("LiCl", "zincblende", a=5.6)) is None
    assert known.group(bulk("Li", "bcc", a=3.4)) is None
    grown = known.copy()
    grown.add(explored(bulk("Li", "bcc", a=3.4), group="metal"))
    assert grown.group(bulk("Li", "bcc", a=3.4)) == "metal" and known.group(bulk("Li", "bcc", a=3.4)) is None


def test_md_belongs_to_the_group_of_its_start(tmp_path):
    from sswnn.data.frames import write_frames
    from sswnn.learning.config import DynamicsConfig

    salt = bulk("LiCl", "rocksalt", a=5.1, cubic=True)
    write_frames(tmp_path / "own.extxyz", [explored(salt, group="mine"), bulk("Li", "bcc", a=3.4)])
    config = DynamicsConfig(structures=[str(tmp_path / "own.extxyz"), "licl_rocksalt"], repeat=[2, 1, 1])
    starts = md_starts(config, Known([explored(salt, group="salt")]))
    assert [s.info["group"] for s in starts] == ["mine", "md_own_1", "salt"]
    assert [len(s) for s in starts] == [16, 2, 16]


def rows(energy, force, uncertain):
    keys = ("held_out_energy", "held_out_force", "uncertain_fraction")
    return [dict(zip(keys, values, strict=True)) for values in zip(energy, force, uncertain, strict=True)]


def test_the_loop_ends_when_nothing_has_fallen_for_as_long_as_patience_says():
    config = StopConfig(patience=2, energy=0.02, force=0.02, uncertain=0.01)
    still = [9.0, 9.0, 9.0, 9.0]
    assert verdict(rows(still, still, [None, 0.5, 0.5, 0.5]), config)
    assert verdict(rows(still[:3], still[:3], [None, 0.5, 0.5]), config) is None  # the first fraction is a beginning
    assert verdict(rows(still, still, [None, 0.5, 0.5, 0.48]), config) is None
    assert verdict(rows(still, still, [None, 0.5, 0.5, 0.495]), config)
    assert verdict(rows([9, 9, 8, 8.5], still, [None, 0.5, 0.5, 0.5]), config) is None
    assert verdict(rows(still, [9, 9.0, 8.9, 8.85], [None, 0.5, 0.5, 0.5]), config)  # less than 2 %
    assert verdict(rows(still, [9, 8.9, 8.8, 8.7], [None, 0.5, 0.5, 0.5]), config) is None  # together more
    assert verdict(rows([9, float("nan"), 9, 9], still, [None, 0.5, 0.5, 0.5]), config)
    assert verdict(rows([9.0], [9.0], [None]), config) is None


def test_few_of_the_picks_are_held_out_from_training():
    """A trajectory whose start is held out stays uncertain, and would be picked in every cycle."""
    frames = [explored(bulk("LiCl", "rocksalt", a=5.0 + 0.1 * k), 0.9 if k % 2 else 0.2) for k in range(16)]
    for k, frame in enumerate(frames):
        frame.info["group"] = f"{'kept' if k % 2 else 'trained'}_{k}"
    config = SelectConfig(per_cycle=10, deduplicate=0.0)
    found = select(frames, Known(), config, LIMITS, lambda group: group.startswith("kept"))
    groups = [frame.info["group"].split("_")[0] for frame in found.picked]
    assert groups.count("kept") == 2 and groups.count("trained") == 8
    assert len(select(frames, Known(), config, LIMITS).picked) == 10
    assert sum(found.refused.values()) + len(found.picked) == len(frames)
