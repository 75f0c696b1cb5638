# One folder, one static library, one test executable: mailpreflight_<folder> and test_<folder>.

# mailpreflight_library(<folder> [targets it may use...])
function(mailpreflight_library folder)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
    list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
    add_library(mailpreflight_${folder} STATIC ${sources})
    target_include_directories(mailpreflight_${folder} PUBLIC ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
    target_link_libraries(mailpreflight_${folder} PUBLIC ${ARGN} PRIVATE mailpreflight_options)
    target_precompile_headers(mailpreflight_${folder} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/precompiled.hpp)
endfunction()

# mailpreflight_program(<name> <targets...>): main.cpp of the folder.
function(mailpreflight_program name)
    add_executable(${name} main.cpp)
    target_link_libraries(${name} PRIVATE ${ARGN} mailpreflight_options)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# mailpreflight_test(<folder> <targets...>): every *_test.cpp of tests/<folder> in one GoogleTest program.
function(mailpreflight_test folder)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
    if(NOT sources)
        return()
    endif()
    add_executable(test_${folder} ${sources})
    target_link_libraries(test_${folder} PRIVATE ${ARGN} mailpreflight_options GTest::gtest GTest::gmock GTest::gtest_main)
    target_include_directories(test_${folder} PRIVATE ${CMAKE_SOURCE_DIR})
    target_precompile_headers(test_${folder} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/precompiled_test.hpp)
    set_target_properties(test_${folder} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    add_test(NAME ${folder} COMMAND test_${folder} --gtest_brief=1 WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${folder} PROPERTIES TIMEOUT 600)
endfunction()
