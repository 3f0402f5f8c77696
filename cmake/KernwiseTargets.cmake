# SPDX-License-Identifier: Apache-2.0
if(KERNWISE_TESTS AND NOT KERNWISE_FUZZ)
  include(Catch)
endif()

# Warnings of our own code; generated and third-party headers are SYSTEM includes.
add_library(kw_options INTERFACE)
target_compile_options(kw_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wcast-qual
    -Woverloaded-virtual -Wimplicit-fallthrough>
  $<$<BOOL:${KERNWISE_WERROR}>:-Werror>)
target_include_directories(kw_options INTERFACE ${CMAKE_SOURCE_DIR})
if(KERNWISE_SANITIZE)
  # Line tables only and light optimisation: half the compile time of -O1 -g, same reports.
  target_compile_options(kw_options INTERFACE -fsanitize=address,undefined
    -fno-sanitize-recover=undefined -fno-omit-frame-pointer -Og -g1)
  target_link_options(kw_options INTERFACE -fsanitize=address,undefined)
else()
  target_compile_options(kw_options INTERFACE -fno-omit-frame-pointer -fstack-protector-strong
    $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2>)
  target_link_options(kw_options INTERFACE -Wl,-z,relro,-z,now)
endif()
if(KERNWISE_FUZZ)
  target_compile_options(kw_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# kw_library(name SOURCES ... [PUBLIC targets...] [PRIVATE targets...]): one room, one static library.
# What a room may use is exactly what it links, so a PURE room links value types and nothing else.
function(kw_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(kw_${name} STATIC ${arg_SOURCES})
  add_library(kernwise::${name} ALIAS kw_${name})
  target_link_libraries(kw_${name} PUBLIC ${arg_PUBLIC} PRIVATE kw_options ${arg_PRIVATE})
endfunction()

# kw_program(name SOURCES ... LIBRARIES ...): a binary; its name is the target's name.
function(kw_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE kw_options ${arg_LIBRARIES})
endfunction()

# kw_test(name LABEL unit|contract|fault|kernel|e2e SOURCES ... LIBRARIES ... [SERIAL]):
# a Catch2 program. SERIAL tests own the machine (kernel programs, timing of real workloads).
function(kw_test name)
  cmake_parse_arguments(arg "SERIAL" "LABEL" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE kw_options ${arg_LIBRARIES} Catch2::Catch2WithMain rapidcheck)
  if(NOT name STREQUAL kw_test_pch)
    target_precompile_headers(${name} REUSE_FROM kw_test_pch)
  endif()
  set(properties LABELS ${arg_LABEL} SKIP_RETURN_CODE 4 TIMEOUT 180)
  if(arg_SERIAL)
    list(APPEND properties RUN_SERIAL TRUE)
  endif()
  catch_discover_tests(${name} TEST_PREFIX "${name}: " PROPERTIES ${properties}
    DISCOVERY_MODE PRE_TEST)
endfunction()
