// SPDX-License-Identifier: Apache-2.0
#include "test/bench/prioritize/background.hpp"

#include <chrono>

#include "test/bench/prioritize/connection.hpp"

namespace kernwise::bench {
namespace {

constexpr std::chrono::milliseconds kScrape{1'000}, kTick{10};
constexpr int kPerTick = 10;  ///< 1,000 per second

}  // namespace

Background::Background(Ours& ours) : ours_(ours) {
  reports_ = std::thread([this] {
    come_last();
    Connection connection(ours_.ingest());
    for (auto next = std::chrono::steady_clock::now(); !over_; next += kTick) {
      for (int i = 0; i < kPerTick; ++i) ours_.report_next(connection);
      std::this_thread::sleep_until(next);
    }
  });
  scrape_ = std::thread([this] {
    come_last();
    Connection connection(ours_.api());
    for (auto next = std::chrono::steady_clock::now(); !over_; next += kScrape) {
      metrics_bytes_ = connection.exchange("GET /metrics HTTP/1.1\r\nHost: bench\r\n\r\n").size();
      while (!over_ && std::chrono::steady_clock::now() < next) std::this_thread::sleep_for(kTick);
    }
  });
}

Background::~Background() {
  over_ = true;
  reports_.join();
  scrape_.join();
}

}  // namespace kernwise::bench
