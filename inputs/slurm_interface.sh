#!/bin/bash
# Slurm job for in.interface_nvt (or in.interface_large): minimises once, runs until the time is nearly up, then queues itself again
# and goes on where it was. Lines to adapt are marked <-.
#
#   sbatch slurm_interface.sh                                                  # the values below
#   SCRIPT=in.interface_large NAME=large_300K STEPS=2000000 sbatch slurm_interface.sh
#   TEMPERATURE=400 SEED=2 NAME=400K_2 sbatch slurm_interface.sh
#
# The folder holds interface.data (`sswnn interface`), the scripts in.interface_* and this one. It ends when STEPS are done, or when
# LAMMPS stops with an error of its own; a node failure or preemption queues it again.

#SBATCH --job-name=interface
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=64
#SBATCH --cpus-per-task=1
#SBATCH --time=24:00:00
#SBATCH --signal=B:USR1@300
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x.%j.out
##SBATCH --account=... --partition=...                                         # <-

set -um                                   # m: LAMMPS in a process group of its own, to stop all of it
SCRIPT=${SCRIPT:-in.interface_nvt}
MODEL=${MODEL:-LiZrCl}
NAME=${NAME:-300K_1}
TEMPERATURE=${TEMPERATURE:-300}
SEED=${SEED:-1}
STEPS=${STEPS:-2000000}
EXTRA=${EXTRA:-}                          # more for LAMMPS, such as "-var thermostat langevin -var beyond stop"
RUN=${RUN:-"mpirun -np ${SLURM_NTASKS:-2}"}                                    # <- or "srun"

# shellcheck disable=SC1090
if [ -n "${SSWNN_ENV:-}" ]; then . "$SSWNN_ENV"; fi                            # <- what makes `lmp` known: a venv's bin/activate
export OMP_NUM_THREADS=1

if [ ! -e interface.minimised.data ]; then
  $RUN lmp -in in.interface_minimize -var model "$MODEL" || exit 1
fi

# Five minutes before the end LAMMPS is stopped and the job queued again: it goes on from the last restart file.
again=0
trap 'again=1; kill -TERM -- -$run 2> /dev/null' USR1
# shellcheck disable=SC2086
$RUN lmp -in "$SCRIPT" -var model "$MODEL" -var name "$NAME" -var temperature "$TEMPERATURE" \
  -var seed "$SEED" -var steps "$STEPS" $EXTRA &
run=$!
wait $run
code=$?
if [ $again = 1 ]; then
  wait $run 2> /dev/null
  scontrol requeue "$SLURM_JOB_ID"
  exit 0
fi
exit $code
