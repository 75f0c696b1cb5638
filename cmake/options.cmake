# Warnings, hardening and sanitizers, carried by one interface target that every target of ours links.
add_library(mailpreflight_options INTERFACE)
target_compile_options(mailpreflight_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wuseless-cast
    -Woverloaded-virtual -Wnon-virtual-dtor -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wformat=2
    -Wswitch-enum -Wimplicit-fallthrough
    -Wno-missing-field-initializers # designated initialisers name what differs from the defaults
    # GCC 12 sees overflows in std::string's own operator+ and insert that are not there (GCC bugs 105329, 105651).
    -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds)
# ccache can keep what was compiled with a precompiled header only when the preprocessor names it.
target_compile_options(mailpreflight_options INTERFACE -fpch-preprocess)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
if(MAILPREFLIGHT_WERROR)
    target_compile_options(mailpreflight_options INTERFACE -Werror)
endif()

# cpprest's U() macro breaks {fmt}; asio's deprecated pieces stay out.
target_compile_definitions(mailpreflight_options INTERFACE
    _TURN_OFF_PLATFORM_STRING BOOST_ASIO_NO_DEPRECATED BOOST_BEAST_USE_STD_STRING_VIEW)

if(MAILPREFLIGHT_SANITIZE)
    # Several files as one: a third of the time. The release build shows that each compiles by itself.
    set(CMAKE_UNITY_BUILD ON)
    set(CMAKE_UNITY_BUILD_BATCH_SIZE 12)
    target_compile_options(mailpreflight_options INTERFACE
        -fsanitize=${MAILPREFLIGHT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -O0 -g1)
    target_link_options(mailpreflight_options INTERFACE -fsanitize=${MAILPREFLIGHT_SANITIZE})
else()
    target_compile_options(mailpreflight_options INTERFACE
        -fstack-protector-strong -fstack-clash-protection -fcf-protection)
    target_compile_definitions(mailpreflight_options INTERFACE
        $<$<CONFIG:Release>:_FORTIFY_SOURCE=2> _GLIBCXX_ASSERTIONS)
    target_link_options(mailpreflight_options INTERFACE -Wl,-z,relro,-z,now)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(CheckPIESupported)
check_pie_supported()
