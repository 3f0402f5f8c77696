// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "common/base/options.hpp"
#include "common/base/result.hpp"
#include "common/http/server.hpp"
#include "profiler/app/budget.hpp"
#include "profiler/app/endpoints.hpp"
#include "profiler/app/file_collector.hpp"
#include "profiler/app/flames.hpp"
#include "profiler/app/naming.hpp"
#include "profiler/app/pusher.hpp"
#include "profiler/app/reporter.hpp"
#include "profiler/discovery/pod_source.hpp"
#include "profiler/kernel/bpf_reader.hpp"
#include "profiler/kernel/programs.hpp"
#include "profiler/kernel/stack_recorder.hpp"

namespace kernwise::profiler {

/// What a profiler is made of, put together once. What cannot be had here is nullptr and named in
/// `degraded`; the members after it do without.
struct Parts {
  Parts(const options::Settings& all, boost::asio::io_context& context);

  /// Puts everything together, listens, and drops the capabilities that nothing needs any more.
  /// Errors: an option that cannot be meant, a port that is taken, capabilities that stay.
  [[nodiscard]] Result<> prepare();
  /// Names a reason why something is not measured, once.
  void degrade(std::string reason);

  options::Settings settings;
  boost::asio::io_context& io;
  std::vector<std::string> degraded;
  LatestWindow latest;
  std::unique_ptr<kernel::CgroupTree> cgroups;
  std::unique_ptr<Naming> naming;
  std::unique_ptr<discovery::PodSource> pod_source;
  std::unique_ptr<kernel::Programs> programs;
  std::unique_ptr<kernel::BpfReader> reader;
  std::unique_ptr<Budget> budget;
  std::unique_ptr<symbols::Resolver> symbols;
  std::unique_ptr<Reporter> reporter;
  std::unique_ptr<FileCollector> files;
  std::unique_ptr<kernel::StackRecorder> stacks;
  std::unique_ptr<Flames> flames;
  std::unique_ptr<Pusher> pusher;
  std::unique_ptr<http::Server> server;

 private:
  [[nodiscard]] Result<> check_means();
  [[nodiscard]] Result<> prepare_names();
  [[nodiscard]] Result<> follow_pods();
  [[nodiscard]] std::string node() const;
  void load_programs(kernel::ProgramOptions wanted);
  [[nodiscard]] bool request_times() const;
  [[nodiscard]] Result<> prepare_reporter();
  void prepare_flames();
  [[nodiscard]] Result<> prepare_pusher();
  void announce_series() const;
  [[nodiscard]] Result<> listen();
  [[nodiscard]] Result<> drop();
};

}  // namespace kernwise::profiler
