"""The numbers of a run, as the analysis step writes them."""

import pytest


@pytest.fixture
def numbers() -> dict:
    dissolution = {
        "zr_atoms": 48, "form_A": 2.68, "break_A": 2.68, "hold_ps": 1.0, "onset_ps": None, "dissolved_at_end": 2,
        "fraction_at_end": 2 / 48, "interface_layer_fraction_at_end": 2 / 12, "layer_size": [12, 12, 12, 12],
        "dissolved_at_end_by_layer": [2, 0, 0, 0], "mean_bonds_first": 5.9, "mean_bonds_last": 5.1,
    }  # fmt: skip
    side = {"crystal": "x", "miller": [0, 0, 1], "layers": 4, "thickness_A": 20.44, "atoms": 432}
    return {
        "system": {
            "description": "a model", "atoms": 692, "composition": {"Zr": 48, "Li": 356, "Cl": 288},
            "cell_A": [[22, 0, 0], [0, 19, 0], [0, 0, 48]], "area_A2": 416.4, "mismatch_percent": 0.68,
            "strain_percent": {"film": [-0.68, -0.68], "substrate": [0.0, 0.0]},
            "sides": {"film": {**side, "layers": 5, "thickness_A": 9.9}, "substrate": side},
            "relaxed_with_potential": True, "periodic_double_interface": False, "vacuum_A": 15.0,
            "published": {
                "substrate_thickness_A": 20.5, "film_thickness_A": 9.7, "mismatch_percent": 1.08,
                "substrate_layers": 4, "film_layers": 5,
            },
        },
        "run": {
            "picoseconds": 10.0, "temperature": 300.0, "ranks": 2, "seed": 1, "preset": "demo", "seconds": 60.0,
            "timestep_fs": 1.0, "steps": 10000, "model": "LiZrCl", "model_file": "LiZrCl.safetensors",
            "sswnn": "0.1.0",
            "potential": {
                "name": "LiZrCl",
                "training": {
                    "data_sha256": "599b52d8", "engines": ["7net-l3i5"], "functional": "PBE", "seed": 2,
                    "epochs": 58, "frames": {"train": 6949, "validation": 706, "test": 917},
                },
            },
        },
        "frames": 501, "detached_atoms_at_end": 0,
        "dissolution": dissolution,
        "dissolution_lasting_bonds": {**dissolution, "break_A": 3.2},
        "interlayer": {"built": [0, 0, 0], "first": [4, 0, 0], "last": [6, 1, 0]},
        "msd_at_longest_lag": {"lag_ps": 5.0, "A2": {"Li": 2.0}, "error_A2": {"Li": 0.1}},
        "thermo": {"mean_temperature_second_half_K": 300.2, "potential_energy_change_eV": -12.0},
    }  # fmt: skip
