# SPDX-License-Identifier: Apache-2.0
# Every third-party library, once. Versions are Debian 12's; ./dev installs them.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(ZLIB REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED COMPONENTS core)
find_package(simdjson REQUIRED)
pkg_check_modules(libbpf REQUIRED IMPORTED_TARGET libbpf>=1.1)
pkg_check_modules(libelf REQUIRED IMPORTED_TARGET libelf)
pkg_check_modules(liblzma REQUIRED IMPORTED_TARGET liblzma)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)

find_program(KERNWISE_CLANG NAMES clang-19 REQUIRED)
find_program(KERNWISE_BPFTOOL NAMES bpftool PATHS /usr/sbin /sbin REQUIRED)

find_program(KERNWISE_CCACHE NAMES ccache)
if(KERNWISE_CCACHE)
  # Absolute paths and the build folder do not change what a file compiles to.
  set(ENV{CCACHE_BASEDIR} ${CMAKE_SOURCE_DIR})
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${KERNWISE_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

if(KERNWISE_TESTS)
  find_package(Catch2 3 REQUIRED)
  find_package(rapidcheck REQUIRED)
  find_package(benchmark REQUIRED)
endif()
