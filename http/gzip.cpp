#include "http/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>

namespace mailpreflight::http {

namespace {

class Inflater {
public:
    Inflater() {
        constexpr int gzip_only = 16 + MAX_WBITS;
        if (inflateInit2(&stream_, gzip_only) != Z_OK) {
            throw std::bad_alloc();
        }
    }
    ~Inflater() {
        inflateEnd(&stream_);
    }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    z_stream* operator->() {
        return &stream_;
    }
    z_stream* get() {
        return &stream_;
    }

private:
    z_stream stream_{};
};

} // namespace

tl::expected<std::string, GzipFault> gunzip(std::string_view packed, std::size_t limit) {
    Inflater inflater;
    std::string input(packed); // zlib's interface is not const
    inflater->next_in = reinterpret_cast<Bytef*>(input.data());
    inflater->avail_in = static_cast<uInt>(input.size());
    std::string content;
    std::array<char, 32 * 1024> chunk;
    for (;;) {
        inflater->next_out = reinterpret_cast<Bytef*>(chunk.data());
        inflater->avail_out = static_cast<uInt>(chunk.size());
        const int result = inflate(inflater.get(), Z_NO_FLUSH);
        const std::size_t got = chunk.size() - inflater->avail_out;
        if (got > limit - content.size()) {
            return tl::unexpected(GzipFault::too_large);
        }
        content.append(chunk.data(), got);
        if (result == Z_STREAM_END) {
            if (inflater->avail_in == 0) {
                return content;
            }
            inflateReset(inflater.get()); // another member
        } else if (result != Z_OK || (got == 0 && inflater->avail_in == 0)) {
            return tl::unexpected(GzipFault::broken);
        }
    }
}

} // namespace mailpreflight::http
