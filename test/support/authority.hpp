// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace kernwise::test {

/// A certificate authority of one test, in a folder of its own that goes with it.
class Authority {
 public:
  Authority();
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  /// PEM file of its own certificate.
  [[nodiscard]] std::string ca_file() const { return (folder_ / "ca.pem").string(); }
  struct Files {
    std::string certificate, key;
  };
  /// A certificate for `names` (`DNS:a`, `IP:127.0.0.1`, separated by commas), valid for an hour.
  [[nodiscard]] Files issue(const std::string& names,
                            const std::string& common_name = "kernwise test server") const;

 private:
  struct State;
  std::filesystem::path folder_;
  State* state_;
};

}  // namespace kernwise::test
