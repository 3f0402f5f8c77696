// SPDX-License-Identifier: Apache-2.0
#include "cli/command.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/verbs.hpp"
#include "common/base/version.hpp"

namespace kernwise::cli {
namespace {

constexpr int kDone = 0, kFailed = 1, kMisused = 2;

/// What the command line said.
struct Request {
  std::string server = "http://127.0.0.1:8080";
  http::TlsOptions tls;
  std::string format = "table";
  std::string kind, name, file, shell = "bash";
  Replay replay;
  DoctorScheduler doctor;
};

void add_doctor(CLI::App& app, DoctorScheduler& asked) {
  auto* doctor = app.add_subcommand("doctor", "Looks for what is set up wrongly");
  doctor->require_subcommand(1);
  auto* scheduler = doctor->add_subcommand("scheduler", "Between kube-scheduler and orchestrator");
  scheduler->add_option("--config", asked.config, "the scheduler's KubeSchedulerConfiguration")
      ->required();
  scheduler->add_option("--prefix", asked.prefix, "the orchestrator's scheduler.prefix");
  scheduler->add_option("--kubeconfig", asked.kubeconfig, "looks at that cluster, too");
  scheduler->add_option("--context", asked.context, "of the kubeconfig");
}

/// What https needs; each has an environment variable, as the server has.
void add_tls(CLI::App& app, http::TlsOptions& tls) {
  app.add_option("--ca", tls.ca_file,
                 "PEM authority of the API's certificate; the system's without it; "
                 "environment KERNWISE_CA");
  app.add_option("--cert", tls.certificate_file,
                 "PEM certificate to show, with --key; environment KERNWISE_CERT");
  app.add_option("--key", tls.key_file, "PEM key of --cert; environment KERNWISE_KEY");
  app.add_option("--server-name", tls.server_name,
                 "name in the API's certificate, where it is not the URL's host; environment "
                 "KERNWISE_SERVER_NAME");
}

void take_environment(const options::Environment& environment, Request& request) {
  for (const auto& [name, into] : {std::pair("KERNWISE_SERVER", &request.server),
                                   std::pair("KERNWISE_CA", &request.tls.ca_file),
                                   std::pair("KERNWISE_CERT", &request.tls.certificate_file),
                                   std::pair("KERNWISE_KEY", &request.tls.key_file),
                                   std::pair("KERNWISE_SERVER_NAME", &request.tls.server_name)}) {
    const auto said = environment.find(name);
    if (said != environment.end() && !said->second.empty()) *into = said->second;
  }
}

/// Where the API is. Errors name the option: no URL, TLS for a plain one, half a pair.
Result<Server> server_of(const Request& request) {
  auto url = http::parse_url(request.server);
  if (!url) return wrap(url.error(), "server");
  const http::TlsOptions& tls = request.tls;
  for (const auto& [option, value] :
       {std::pair("ca", &tls.ca_file), std::pair("cert", &tls.certificate_file),
        std::pair("key", &tls.key_file), std::pair("server-name", &tls.server_name)}) {
    if (url->scheme != "https" && !value->empty()) {
      return invalid(std::string(option) + ": needs https:// in --server");
    }
  }
  if (tls.certificate_file.empty() != tls.key_file.empty()) {
    return invalid("cert: needs --key, and the other way round");
  }
  return Server(*std::move(url), tls);
}

void add_verbs(CLI::App& app, Request& request) {
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--server", request.server,
                 "URL of the orchestrator's API; environment KERNWISE_SERVER")
      ->capture_default_str();
  add_tls(app, request.tls);
  app.add_option("-o,--output", request.format, "table, or the API's own json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  for (const char* verb : {"explain", "why"}) {
    auto* explain = app.add_subcommand(
        verb, "Why a pod, node or workload is seen, placed and scaled like that");
    explain->add_option("kind", request.kind)
        ->required()
        ->check(CLI::IsMember({"pod", "node", "workload"}));
    explain->add_option("name", request.name, "NAMESPACE/POD, NODE or NAMESPACE/KIND/NAME")
        ->required();
  }
  app.add_subcommand("whatif", "Where a pod would go now; nothing is committed")
      ->add_option("-f,--file", request.file, "YAML of a Pod or of a workload")
      ->required();
  auto* replay = app.add_subcommand("replay", "Work the last answers to the scheduler out again");
  replay->add_option("--weights", request.replay.weights,
                     "other parameters: interference=0.5,worst=0.25,shape=pack");
  replay->add_option("--limit", request.replay.limit)->check(CLI::Range(1, 1024));
  replay->add_option("--save", request.replay.save, "keep what they were made of in a file");
  replay->add_option("--file", request.replay.file, "read a kept file instead of asking");
  app.add_subcommand("top", "What every node, pod or workload does")
      ->add_option("kind", request.kind)
      ->required()
      ->check(CLI::IsMember({"nodes", "pods", "workloads"}));
  app.add_subcommand("decisions", "The newest scaling decision about each workload");
  add_doctor(app, request.doctor);
  app.add_subcommand("version", "The version of this program");
  app.add_subcommand("completion", "A script that completes these words in a shell")
      ->add_option("shell", request.shell)
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

Result<> perform(const std::string& verb, const Request& request, std::ostream& out) {
  if (verb == "version") {
    out << "kernwise " << version() << "\n";
    return {};
  }
  if (verb == "completion") {
    out << completion(request.shell);
    return {};
  }
  if (verb == "doctor") return doctor_scheduler(request.doctor, {out, request.format == "json"});
  const auto found = server_of(request);
  if (!found) return found.error();
  const Server& server = *found;
  const Output output{out, request.format == "json"};
  if (verb == "explain" || verb == "why") {
    return explain(server, request.kind, request.name, output);
  }
  if (verb == "whatif") return what_if(server, request.file, output);
  if (verb == "replay") return replay(server, request.replay, output);
  if (verb == "top") return top(server, request.kind, output);
  return decisions(server, output);
}

}  // namespace

int run(const std::vector<std::string>& arguments, const options::Environment& environment,
        std::ostream& out, std::ostream& err) {
  CLI::App app("Asks kernwise-orchestrator what it sees and why it decides.", "kernwise");
  Request request;
  take_environment(environment, request);
  add_verbs(app, request);
  try {
    // The parser takes them from the back.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem, out, err) == 0 ? kDone : kMisused;
  }
  const auto done = perform(app.get_subcommands().front()->get_name(), request, out);
  if (done) return kDone;
  err << "kernwise: " << done.error().message() << "\n";
  return kFailed;
}

}  // namespace kernwise::cli
