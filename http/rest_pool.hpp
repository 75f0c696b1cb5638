#pragma once

#include <functional>

namespace mailpreflight::http {

/// Runs `work` on the one thread of cpprestsdk's pool, after what waits there. All that touches its client belongs on
/// it: the library closes a connection on the thread of whoever cancels, while another reads from it. Needs
/// prepare_rest_client().
void on_rest_thread(std::function<void()> work);

} // namespace mailpreflight::http
