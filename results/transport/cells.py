"""Crystals of the transport runs, 324 atoms each.

ordered.data; stacking.data, every third layer shifted against the two others; hafnium.data, ordered; defect.data, one in three
Zr between the layers.
All Li is in the layers at the start; ions distribute themselves during the run.
"""

from pathlib import Path

from sswnn.data.layered import layered_model
from sswnn.data.prototypes import prototype
from sswnn.interface.files import write_lammps_data

ordered = prototype("li2zrcl6_p-31c_2d2a").repeat((3, 3, 2))
write_lammps_data(Path("ordered.data"), ordered, ("Li", "Zr", "Cl"))
ordered.symbols[ordered.symbols == "Zr"] = "Hf"
write_lammps_data(Path("hafnium.data"), ordered, ("Li", "Hf", "Cl"))
stacking = layered_model(shifts=(0, 1, 1)).repeat((2, 2, 1))
write_lammps_data(Path("stacking.data"), stacking, ("Li", "Zr", "Cl"))

defect = prototype("li2zrcl6_p-3m1_6h")
defect.set_cell(defect.cell.standard_form()[0], scale_atoms=True)
write_lammps_data(Path("defect.data"), defect.repeat((2, 2, 3)), ("Li", "Zr", "Cl"))
