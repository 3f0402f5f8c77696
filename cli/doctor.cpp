// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/asio/io_context.hpp>

#include "cli/doctor/scheduler_facts.hpp"
#include "cli/table.hpp"
#include "cli/verbs.hpp"
#include "common/base/file.hpp"
#include "common/base/json.hpp"
#include "common/kube/access.hpp"
#include "common/kube/http_client.hpp"

namespace kernwise::cli {
namespace {

using doctor::Finding;

/// Asks the API server, one thing after the other.
Result<std::optional<std::string>> get(const kube::Access& access, const std::string& path) {
  boost::asio::io_context io;
  kube::HttpKubeClient client(io, access);
  Result<kube::Answer> answer = invalid("no answer");
  client.send({.path = path}, [&](Result<kube::Answer> said) {
    answer = std::move(said);
    io.stop();
  });
  io.run();
  if (answer && answer->status == 404) return std::optional<std::string>();
  answer = kube::accepted(std::move(answer), "GET " + path);
  if (!answer) return answer.error();
  return std::optional(std::move(answer->body));
}

Result<> look_at_cluster(const DoctorScheduler& asked, const doctor::SchedulerFile& file,
                         doctor::SchedulerFacts& facts) {
  if (asked.kubeconfig.empty()) return {};
  const auto access = kube::kubeconfig_access(asked.kubeconfig, asked.context);
  if (!access) return wrap(access.error(), "kubeconfig");
  if (access->plugin) return invalid("kubeconfig: credential plugins are not run here");
  return doctor::add_cluster([&](const std::string& path) { return get(*access, path); }, file,
                             std::chrono::system_clock::now(), facts);
}

const char* text_of(doctor::State state) {
  if (state == doctor::State::good) return "ok";
  return state == doctor::State::bad ? "WRONG" : "not looked at";
}

std::string json_of(const std::vector<Finding>& findings) {
  json::Writer json;
  json.begin_array();
  for (const Finding& finding : findings) {
    json.begin_object().member("check", doctor::name_of(finding.mistake));
    json.member("state", text_of(finding.state)).member("found", finding.what);
    json.member("next", finding.next).end_object();
  }
  return json.end_array().take() + "\n";
}

std::string table_of(const std::vector<Finding>& findings) {
  std::vector<Row> rows{{"CHECK", "STATE", "FOUND"}};
  for (const Finding& finding : findings) {
    rows.push_back(
        {std::string(doctor::name_of(finding.mistake)), text_of(finding.state), finding.what});
    if (!finding.next.empty()) rows.push_back({"", "", "-> " + finding.next});
  }
  return columns(rows);
}

}  // namespace

Result<> doctor_scheduler(const DoctorScheduler& asked, const Output& output) {
  const auto text = read_file(asked.config);
  if (!text) return text.error();
  const auto file = doctor::read_scheduler_file(*text);
  if (!file) return wrap(file.error(), asked.config);
  doctor::SchedulerFacts facts{.extenders = file->extenders,
                               .path_prefix = asked.prefix,
                               .election = doctor::election_of(*file)};
  if (!facts.extenders.empty()) {
    facts.answer = doctor::probe(facts.extenders.front().url_prefix, asked.prefix);
  }
  if (auto looked = look_at_cluster(asked, *file, facts); !looked) return looked;
  const auto findings = doctor::examine(facts);
  output.to << (output.json ? json_of(findings) : table_of(findings));
  const auto wrong = std::count_if(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.state == doctor::State::bad;
  });
  if (wrong == 0) return {};
  return invalid(std::to_string(wrong) + " of " + std::to_string(findings.size()) +
                 " checks found something wrong");
}

}  // namespace kernwise::cli
