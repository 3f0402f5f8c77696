// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs.hpp"

namespace kernwise::cli {
namespace {

constexpr const char* kBash = R"(_kernwise() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
  local words='explain why whatif replay top decisions doctor version completion'
  case $before in
    explain|why) words='pod node workload' ;;
    top) words='nodes pods workloads' ;;
    doctor) words='scheduler' ;;
    completion) words='bash zsh fish' ;;
    -o|--output) words='table json' ;;
    -f|--file|--save|--ca|--cert|--key) COMPREPLY=($(compgen -f -- "$word")); return ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _kernwise kernwise
)";

constexpr const char* kFish =
    R"(complete -c kernwise -f -n __fish_use_subcommand -a 'explain why whatif replay top decisions doctor version completion'
complete -c kernwise -f -n '__fish_seen_subcommand_from explain why' -a 'pod node workload'
complete -c kernwise -f -n '__fish_seen_subcommand_from top' -a 'nodes pods workloads'
complete -c kernwise -f -n '__fish_seen_subcommand_from doctor' -a scheduler
complete -c kernwise -f -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'
complete -c kernwise -s f -l file -r
complete -c kernwise -l ca -r
complete -c kernwise -l cert -r
complete -c kernwise -l key -r
complete -c kernwise -s o -l output -x -a 'table json'
)";

}  // namespace

std::string completion(const std::string& shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return std::string("autoload -U +X bashcompinit && bashcompinit\n") + kBash;
  return shell == "fish" ? kFish : "";
}

}  // namespace kernwise::cli
