// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <exception>
#include <iostream>

#include "cli/command.hpp"

int main(int count, char** values) {
  try {
    std::signal(SIGPIPE, SIG_IGN);
    const std::vector<std::string> arguments(values + 1, values + count);
    return kernwise::cli::run(arguments, kernwise::options::process_environment(), std::cout,
                              std::cerr);
  } catch (const std::exception& problem) {
    std::cerr << "kernwise: " << problem.what() << "\n";
    return 1;
  }
}
