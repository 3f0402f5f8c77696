// SPDX-License-Identifier: Apache-2.0
#include "common/kube/client.hpp"

#include "common/base/json.hpp"

namespace kernwise::kube {
namespace {

// Boost gives its base a protected, non-virtual destructor on purpose: a category is never deleted.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
class ApiCategory final : public boost::system::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "kubernetes"; }
  [[nodiscard]] std::string message(int code) const override {
    return "status " + std::to_string(code);
  }
};
#pragma GCC diagnostic pop

constexpr std::size_t kMaxMessage = 512;

/// The message of a `Status` object, as the server explains itself.
std::string explanation(const Answer& answer) {
  const auto document = json::parse(answer.body);
  const auto* const text = document ? document->find("message") : nullptr;
  return text ? std::string(text->text().substr(0, kMaxMessage)) : std::string();
}

}  // namespace

const boost::system::error_category& api_category() {
  static const ApiCategory category;
  return category;
}

Result<Answer> accepted(Result<Answer> answer, std::string_view step) {
  if (!answer) return wrap(answer.error(), step);
  if (answer->status >= 200 && answer->status < 300) return answer;
  return wrap(Error{.code = status(answer->status), .context = explanation(*answer)}, step);
}

}  // namespace kernwise::kube
