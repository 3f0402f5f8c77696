// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace kernwise {

/// Deleter of a std::unique_ptr for what a C library makes: `unique_ptr<X509, Release<X509_free>>`.
template <auto Free>
struct Release {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

}  // namespace kernwise
