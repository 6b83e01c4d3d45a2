"""Transport of ions: displacements, diffusion, conductivity, Arrhenius lines, with intervals."""
