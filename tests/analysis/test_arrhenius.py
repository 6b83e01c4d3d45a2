"""Arrhenius fits: exact lines, intervals that hold the truth, tables with units in their names, impedance spectra."""

import numpy as np
import pytest
from ase.units import kB

from sswnn.analysis.transport.arrhenius import ArrheniusFits, Series, combined, fit_arrhenius
from sswnn.analysis.transport.estimate import of_logarithm, of_variance, ratio
from sswnn.analysis.transport.impedance import Spectrum, fit_spectrum, read_spectrum
from sswnn.analysis.transport.measured import read_series
from sswnn.errors import AnalysisError
from sswnn.plotting.arrhenius import plot_arrhenius

TEMPERATURES = np.array([303.15, 313.15, 323.15, 333.15])


def line(temperature, energy=0.326, at_30=1e-3):
    """Conductivity with an activation energy (eV) that is `at_30` S/cm at 30 C."""
    return at_30 * 303.15 / temperature * np.exp(-energy / kB * (1 / temperature - 1 / 303.15))


def series(error=np.nan, values=None, temperatures=TEMPERATURES, **options):
    values = line(temperatures) if values is None else values
    return Series("a", "sigma_s_per_cm", temperatures, values, np.broadcast_to(error, values.shape) * 1.0, **options)


@pytest.mark.parametrize("error", [0.1, np.nan])
def test_an_exact_line(error):
    fit = fit_arrhenius(series(error))
    assert fit.activation.value_eV == pytest.approx(0.326, abs=1e-9)
    assert fit.at(303.15).value == pytest.approx(1e-3) and fit.at(303.15).unit == "S/cm"


def test_diffusion_coefficients_have_no_factor_of_temperature():
    values = 1e-4 * np.exp(-0.3 / (kB * TEMPERATURES))
    fit = fit_arrhenius(Series("a", "D_cm2_per_s", TEMPERATURES, values, np.full(4, 0.1)))
    assert fit.activation.value_eV == pytest.approx(0.3) and np.exp(fit.logarithm) == pytest.approx(1e-4)


def test_the_better_value_counts_more():
    values = line(TEMPERATURES)
    values[-1] *= 1.5
    fit = fit_arrhenius(series(np.array([0.01, 0.01, 0.01, 10.0]), values))
    assert fit.activation.value_eV == pytest.approx(0.326, abs=1e-3)


@pytest.mark.parametrize(
    ("stated", "count"),
    [(0.15, 3), (np.nan, 3), (0.15, 6), (0.05, 5), (0.05, 6), (np.nan, 6)],
    ids=["right 3", "none 3", "right 6", "too small 5", "too small 6", "none 6"],
)
def test_intervals_hold_the_truth(stated, count):
    random = np.random.default_rng(3)
    temperatures = np.linspace(400, 700, count)
    energy = there = 0
    for _ in range(400):
        noisy = line(temperatures) * np.exp(random.normal(scale=0.15, size=len(temperatures)))
        fit = fit_arrhenius(series(stated, noisy, temperatures))
        energy += fit.activation.low_eV < 0.326 < fit.activation.high_eV
        there += fit.at(303.15).low < 1e-3 < fit.at(303.15).high
    assert energy > 0.92 * 400 and there > 0.92 * 400


def test_errors_that_are_too_small_are_enlarged():
    noisy = line(TEMPERATURES) * np.array([1.2, 0.8, 1.2, 0.8])
    wide, stated = fit_arrhenius(series(0.4, noisy)), fit_arrhenius(series(0.01, noisy))
    assert wide.scatter < 1 and stated.scatter > 100
    assert stated.covariance[1, 1] == pytest.approx(wide.covariance[1, 1] * wide.scatter, rel=1e-6)


def test_refusals():
    with pytest.raises(AnalysisError, match="1 values at 1 temperatures"):
        fit_arrhenius(series(0.1, line(TEMPERATURES[:1]), TEMPERATURES[:1]))
    with pytest.raises(AnalysisError, match="three values where they have no errors"):
        fit_arrhenius(series(np.nan, line(TEMPERATURES[:2]), TEMPERATURES[:2]))
    with pytest.raises(AnalysisError, match="1 of 4 values have no error"):
        fit_arrhenius(series(np.array([0.1, 0.1, np.nan, 0.1])))
    with pytest.raises(AnalysisError, match="expected positive numbers"):
        fit_arrhenius(series(0.1, -line(TEMPERATURES)))


def test_estimates():
    found = of_variance(2.0, 0.01, "cm^2/s")
    assert (found.low, found.high) == pytest.approx((400 / 241.058, 400 / 162.728), rel=1e-5)  # tables of chi-square, 200
    assert found.scaled(10, "x").high == pytest.approx(10 * found.high)
    assert str(of_logarithm(1.0, 0.1, "S/cm")) == "1.00 S/cm (95 %: 0.822 to 1.22)"
    assert ratio(found, found).value == 1 and ratio(found, found).relative_error == pytest.approx(0.1 * 2**0.5)


def test_a_table_of_measurements(tmp_path):
    path = tmp_path / "measured.csv"
    rows = [f"Li2ZrCl6,{t - 273.15},{1000 * line(t)},{50 * line(t)}" for t in TEMPERATURES]
    rows += [f"Li2HfCl6,{t - 273.15},{1000 * line(t, 0.353, 5e-4)}," for t in TEMPERATURES]
    path.write_text("\n".join(["material,temperature_C,sigma_ms_per_cm,sigma_ms_per_cm_error", *rows]))
    zr, hf = read_series(path)
    assert (zr.name, hf.name, zr.measured) == ("Li2ZrCl6", "Li2HfCl6", True)
    np.testing.assert_allclose(zr.value, line(TEMPERATURES))
    np.testing.assert_allclose(zr.error, 0.05)
    assert np.isnan(hf.error).all()
    assert fit_arrhenius(hf).activation.value_eV == pytest.approx(0.353)
    fits = ArrheniusFits((fit_arrhenius(zr), fit_arrhenius(hf)), 298.15)
    plot_arrhenius(fits, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert fits.columns()["activation_eV"] == pytest.approx([0.326, 0.353])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("temperature_K,sigma\n300,1\n", "names carry units; did you mean sigma"),
        ("sigma_s_per_cm\n1\n", "line 2: no temperature"),
        ("temperature_K,sigma_s_per_cm\n300,abc\n", "line 2: sigma_s_per_cm is 'abc'"),
        ("temperature_K,sigma_s_per_cm\n", "no row"),
        ("temperature_K,sigma_s_per_cm\n300,\n", "no value"),
        ("temperature_K,sigma_collective_s_per_cm,sigma_tracer_s_per_cm\n300,,1\n", "sigma_tracer_s_per_cm has values"),
    ],
)
def test_tables_that_are_refused(tmp_path, text, why):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(AnalysisError, match=why):
        read_series(tmp_path / "a.csv")


def test_temperatures_without_a_value_are_told(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text("temperature_K,sigma_collective_s_per_cm\n500,\n600,0.1\n700,0.2\n")
    (found,) = combined(read_series(path))
    assert found.temperature_K.tolist() == [600, 700] and found.left_out_K == (500,)


def test_series_of_several_files_are_joined():
    parts = [series(0.1, line(TEMPERATURES[k]), TEMPERATURES[k]) for k in (slice(2, 4), slice(0, 2))]
    (whole,) = combined(parts)
    np.testing.assert_allclose(whole.temperature_K, TEMPERATURES)
    assert len(combined([*parts, series(0.1, measured=True)])) == 2


def test_impedance_spectra(tmp_path):
    pytest.importorskip("impedance")
    frequency = np.logspace(0, 7, 60)
    omega = 2j * np.pi * frequency
    rows = ["temperature_C,spectrum,thickness_cm,area_cm2"]
    for k, temperature in enumerate(TEMPERATURES):
        resistance = 0.1 / (0.785 * line(temperature))
        z = 1 / (1 / resistance + 2e-10 * omega**0.95) + 1 / (1e-5 * omega**0.85)
        z = z * (1 + np.random.default_rng(k).normal(scale=2e-3, size=60))
        table = "\n".join(f"{f},{v.real},{v.imag}" for f, v in zip(frequency, z, strict=True))
        (tmp_path / f"{k}.csv").write_text(f"frequency_Hz,real_ohm,imaginary_ohm\n{table}\n")
        rows.append(f"{temperature - 273.15},{k}.csv,0.1,0.785")
    (tmp_path / "cell.csv").write_text("\n".join(rows))
    (found,) = read_series(tmp_path / "cell.csv")
    np.testing.assert_allclose(found.value, line(TEMPERATURES), rtol=0.02)
    assert (found.error < 0.02).all() and found.measured
    for circuit, why in {"R0-L1": "element 'L1'", "p(R0,CPE0-CPE1": "brackets", "R-CPE1": "element 'R'", "R0": "away"}.items():
        with pytest.raises(AnalysisError, match=why):
            read_series(tmp_path / "cell.csv", circuit=circuit)


def test_a_spectrum_of_two_arcs():
    pytest.importorskip("impedance")
    frequency = np.logspace(-1, 7, 80)
    omega = 2j * np.pi * frequency
    z = 1 / (1 / 300 + 1e-10 * omega) + 1 / (1 / 100 + 1e-6 * omega**0.9) + 1 / (1e-4 * omega**0.9)
    z = z * (1 + np.random.default_rng(0).normal(scale=2e-3, size=80))
    right = fit_spectrum(Spectrum(frequency, z), circuit="p(R0,CPE0)-p(R1,CPE1)-CPE2")
    assert right.resistance_ohm == pytest.approx(400, abs=3 * right.error_ohm) and right.error_ohm < 8
    try:
        plain = fit_spectrum(Spectrum(frequency, z))
    except AnalysisError:
        return
    assert abs(plain.resistance_ohm - 400) < 2 * plain.error_ohm


def test_a_spectrum_with_the_sign_of_a_nyquist_plot_is_refused(tmp_path):
    rows = "\n".join(f"{f},100,50" for f in np.logspace(0, 6, 20))
    (tmp_path / "z.csv").write_text("frequency_Hz,real_ohm,imaginary_ohm\n" + rows)
    with pytest.raises(AnalysisError, match="not -Z"):
        read_spectrum(tmp_path / "z.csv")
