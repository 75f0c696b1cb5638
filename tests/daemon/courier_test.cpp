#include "daemon/courier.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <stdexcept>

namespace mailpreflight::daemon {
namespace {

using namespace std::chrono_literals;
using notify::Delivery;
using notify::DeliveryResult;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr base::SystemTime noon = base::SystemTime(std::chrono::sys_days(std::chrono::year(2026) / 12 / 1)) + 12h;
/// Longer than anything here takes; a test that waits so long has failed.
constexpr std::chrono::seconds patience{20};

/// A clock that is moved by hand and knows how often it was asked: who asks it again has looked once more and found
/// nothing to do.
class WatchedClock final : public base::Clock {
public:
    [[nodiscard]] base::SystemTime now() const override {
        note();
        return clock_.now();
    }
    [[nodiscard]] base::SteadyTime steady_now() const override {
        note();
        return clock_.steady_now();
    }
    void advance(base::Duration by) {
        clock_.advance(by);
    }
    void set(base::SystemTime now) {
        clock_.set(now);
    }

    /// Until it was asked so many times more.
    void await_looks(std::uint64_t more = 6) {
        std::unique_lock lock(mutex_);
        const std::uint64_t wanted = looks_ + more;
        if (!looked_.wait_for(lock, patience, [&] { return looks_ >= wanted; })) {
            throw std::runtime_error("nobody looks at the clock");
        }
    }

private:
    void note() const {
        const std::lock_guard lock(mutex_);
        ++looks_;
        looked_.notify_all();
    }

    base::SimulatedClock clock_{noon};
    mutable std::mutex mutex_;
    mutable std::condition_variable looked_;
    mutable std::uint64_t looks_ = 0;
};

/// What was sent and what was recorded, in the order in which it happened.
class Log {
public:
    void add(std::string line) {
        const std::lock_guard lock(mutex_);
        lines_.push_back(std::move(line));
        grown_.notify_all();
    }

    std::vector<std::string> lines() const {
        const std::lock_guard lock(mutex_);
        return lines_;
    }

    /// Until there are so many; all that there are.
    std::vector<std::string> await(std::size_t count) {
        std::unique_lock lock(mutex_);
        grown_.wait_for(lock, patience, [&] { return lines_.size() >= count; });
        return lines_;
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable grown_;
    std::vector<std::string> lines_;
};

/// Answers as it was told to, then that all is taken.
class FakeDoor final : public notify::Receiver {
public:
    explicit FakeDoor(Log& log) :
        log_(log) {}

    Delivery send(const core::Notice& notice, const base::Deadline& deadline) override {
        std::unique_lock lock(mutex_);
        log_.add("send " + notice.id);
        if (is_shut_) {
            opened_.wait_for(lock, deadline.stop, patience, [&] { return !is_shut_; });
        }
        if (deadline.stop.stop_requested()) {
            return stopped_answer_;
        }
        if (answers_.empty()) {
            return {DeliveryResult::delivered, "taken", std::nullopt};
        }
        Delivery answer = answers_.front();
        answers_.pop_front();
        return answer;
    }

    void answer(std::deque<Delivery> answers) {
        const std::lock_guard lock(mutex_);
        answers_ = std::move(answers);
    }
    /// From now on send() does not return until open() or a stop.
    void shut() {
        const std::lock_guard lock(mutex_);
        is_shut_ = true;
    }
    void open() {
        const std::lock_guard lock(mutex_);
        is_shut_ = false;
        opened_.notify_all();
    }
    void answer_when_stopped(DeliveryResult result) {
        const std::lock_guard lock(mutex_);
        stopped_answer_ = {result, "stopped", std::nullopt};
    }

private:
    Log& log_;
    std::mutex mutex_;
    std::condition_variable_any opened_;
    bool is_shut_ = false;
    std::deque<Delivery> answers_;
    Delivery stopped_answer_{DeliveryResult::later, "stopped", std::nullopt};
};

const Delivery later{DeliveryResult::later, "503", std::nullopt};
const Delivery refused{DeliveryResult::refused, "404", std::nullopt};

core::OwedNotice
owed(const std::string& id, core::NoticeStatus status = core::NoticeStatus::firing, const std::string& group = "I1") {
    core::OwedNotice one;
    one.notice.id = id;
    one.notice.receiver = "ops";
    one.notice.group = group;
    one.notice.status = status;
    one.notice.at = noon;
    return one;
}

class CourierTest : public testing::Test {
protected:
    Courier& start(std::vector<core::OwedNotice> notices, Courier::Setup setup = {}) {
        setup.receiver = "ops";
        if (!without_door_) {
            setup.door = door_;
        }
        courier_.emplace(clock_, std::move(setup), std::move(notices), [this](const core::OwedNotice& one) {
            {
                const std::lock_guard lock(recorded_mutex_);
                recorded_.push_back(one);
            }
            log_.add(std::string(core::name_of(one.state)) + " " +
                     one.notice.id); // who waits for this may ask for that
        });
        courier_->start();
        return *courier_;
    }

    core::OwedNotice last_recorded() {
        const std::lock_guard lock(recorded_mutex_);
        return recorded_.back();
    }

    /// The queue is empty: what was recorded is all.
    void await_idle() {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (courier_->waiting() != 0) {
            ASSERT_LT(std::chrono::steady_clock::now(), end) << "it is busy still";
            std::this_thread::yield();
        }
    }

    WatchedClock clock_;
    Log log_;
    const std::shared_ptr<FakeDoor> door_ = std::make_shared<FakeDoor>(log_);
    bool without_door_ = false;
    std::mutex recorded_mutex_;
    std::vector<core::OwedNotice> recorded_;
    std::optional<Courier> courier_; ///< ends first
};

TEST_F(CourierTest, delivers_what_is_owed_and_what_comes_later_in_their_order_and_records_each_before_the_next) {
    Courier& courier = start({owed("a"), owed("b")});
    courier.submit(owed("c"));
    courier.submit(owed("d"));
    EXPECT_THAT(
        log_.await(8),
        ElementsAre(
            "send a", "delivered a", "send b", "delivered b", "send c", "delivered c", "send d", "delivered d"));
    await_idle();
    EXPECT_EQ(courier.attempts(), (std::map<core::AttemptResult, std::uint64_t>{{core::AttemptResult::delivered, 4}}));
}

TEST_F(CourierTest, tries_again_by_the_injected_clock_what_was_not_taken_and_lets_nothing_overtake_it) {
    door_->answer({later, later});
    Courier& courier = start({owed("a"), owed("b")});
    EXPECT_THAT(log_.await(2), ElementsAre("send a", "owed a"));
    const core::OwedNotice first = last_recorded();
    EXPECT_EQ(first.attempts, 1U);
    EXPECT_EQ(first.tried_at, noon);
    EXPECT_EQ(first.detail, "503");
    ASSERT_GE(first.next_at.value(), noon + 5s);
    ASSERT_LE(first.next_at.value(), noon + 7500ms);

    clock_.advance(5s - 1us);
    clock_.await_looks();
    EXPECT_EQ(log_.lines().size(), 2U) << "it is not time yet";
    EXPECT_EQ(courier.waiting(), 2U);

    clock_.set(first.next_at.value());
    EXPECT_THAT(log_.await(4), ElementsAre("send a", "owed a", "send a", "owed a"));
    const core::OwedNotice second = last_recorded();
    EXPECT_EQ(second.attempts, 2U);
    EXPECT_GE(second.next_at.value() - second.tried_at.value(), 10s);

    clock_.set(second.next_at.value());
    EXPECT_THAT(log_.await(8),
                ElementsAre("send a", "owed a", "send a", "owed a", "send a", "delivered a", "send b", "delivered b"));
    await_idle();
    EXPECT_EQ(courier.attempts(),
              (std::map<core::AttemptResult, std::uint64_t>{{core::AttemptResult::delivered, 2},
                                                            {core::AttemptResult::later, 2}}));
}

TEST_F(CourierTest, waits_after_a_restart_for_the_time_that_was_recorded) {
    core::OwedNotice tried = owed("a");
    tried.attempts = 3;
    tried.tried_at = noon - 1s;
    tried.next_at = noon + 1min;
    start({tried});
    clock_.await_looks();
    EXPECT_THAT(log_.lines(), IsEmpty());
    clock_.advance(1min);
    EXPECT_THAT(log_.await(2), ElementsAre("send a", "delivered a"));
    EXPECT_EQ(last_recorded().attempts, 4U);
}

TEST_F(CourierTest, waits_no_longer_when_the_clock_was_set_back) {
    core::OwedNotice tried = owed("a");
    tried.tried_at = noon;
    tried.next_at = noon + 10min;
    clock_.set(noon - 24h);
    start({tried});
    EXPECT_THAT(log_.await(2), ElementsAre("send a", "delivered a"));
}

TEST_F(CourierTest, goes_on_to_the_next_when_one_is_refused) {
    door_->answer({refused});
    start({owed("a"), owed("b")});
    EXPECT_THAT(log_.await(4), ElementsAre("send a", "dead a", "send b", "delivered b"));
}

TEST_F(CourierTest, gives_up_what_is_owed_for_too_long_and_goes_on_to_the_next) {
    door_->answer({later});
    clock_.advance(1h);
    core::OwedNotice young = owed("b");
    young.notice.at = noon + 1h;
    start({owed("a"), young}, {.give_up_after = 1h});
    EXPECT_THAT(log_.await(4), ElementsAre("send a", "dead a", "send b", "delivered b"));
}

TEST_F(CourierTest, leaves_owed_as_it_was_what_a_stop_cuts_short) {
    door_->shut();
    Courier& courier = start({owed("a"), owed("b")});
    EXPECT_THAT(log_.await(1), ElementsAre("send a"));
    courier.ask_to_stop();
    courier_.reset();
    EXPECT_THAT(log_.lines(), ElementsAre("send a")) << "nothing of it is recorded";
}

TEST_F(CourierTest, records_what_was_taken_although_it_is_to_stop) {
    door_->shut();
    door_->answer_when_stopped(DeliveryResult::delivered);
    start({owed("a"), owed("b")});
    EXPECT_THAT(log_.await(1), ElementsAre("send a"));
    courier_.reset();
    EXPECT_THAT(log_.lines(), ElementsAre("send a", "delivered a"));
}

TEST_F(CourierTest, ends_while_it_waits_for_a_time_or_for_something_to_do) {
    door_->answer({later});
    start({owed("a")});
    log_.await(2);
    courier_.reset();
    EXPECT_THAT(log_.lines(), ElementsAre("send a", "owed a"));
    start({});
    courier_.reset();
    EXPECT_EQ(log_.lines().size(), 2U);
}

TEST_F(CourierTest, delivers_once_what_is_submitted_twice) {
    door_->shut();
    Courier& courier = start({owed("a")});
    log_.await(1);
    courier.submit(owed("a")); // while it is sent
    courier.submit(owed("b"));
    courier.submit(owed("b")); // while it waits
    courier.submit(owed("c"));
    EXPECT_EQ(courier.waiting(), 3U);
    door_->open();
    EXPECT_THAT(log_.await(6), ElementsAre("send a", "delivered a", "send b", "delivered b", "send c", "delivered c"));
    await_idle();
    courier_.reset();
    EXPECT_EQ(log_.lines().size(), 6U);
}

TEST_F(CourierTest, keeps_everything_owed_where_there_is_no_door) {
    without_door_ = true;
    Courier& courier = start({owed("a")}, {.resend_every = 1s, .firing = {owed("z").notice}});
    courier.submit(owed("b"));
    clock_.advance(24h * 30);
    clock_.await_looks();
    EXPECT_EQ(courier.waiting(), 2U);
    EXPECT_THAT(log_.lines(), IsEmpty());
}

TEST_F(CourierTest, tells_again_at_the_start_and_at_each_interval_what_goes_on) {
    start({}, {.resend_every = 1min, .firing = {owed("a").notice}});
    EXPECT_THAT(log_.await(1), ElementsAre("send a"));
    clock_.advance(1min - 1us);
    clock_.await_looks();
    EXPECT_EQ(log_.lines().size(), 1U) << "it is not time yet";
    clock_.advance(1us);
    EXPECT_THAT(log_.await(2), ElementsAre("send a", "send a"));
    clock_.await_looks();
    EXPECT_EQ(log_.lines().size(), 2U);
}

TEST_F(CourierTest, tells_again_an_interval_after_it_was_told_first) {
    start({owed("a")}, {.resend_every = 1min});
    EXPECT_THAT(log_.await(2), ElementsAre("send a", "delivered a"));
    clock_.await_looks();
    clock_.advance(1min - 1us);
    clock_.await_looks();
    EXPECT_EQ(log_.lines().size(), 2U) << "it is not time yet";
    clock_.advance(1us);
    EXPECT_THAT(log_.await(3), ElementsAre("send a", "delivered a", "send a"));
}

TEST_F(CourierTest, tells_again_the_newest_word_of_each_group_and_nothing_of_one_that_is_over) {
    Courier& courier = start({}, {.resend_every = 1min, .firing = {owed("a").notice}});
    log_.await(1);
    courier.submit(owed("b", core::NoticeStatus::acknowledged));
    courier.submit(owed("c", core::NoticeStatus::firing, "I2"));
    courier.submit(owed("d", core::NoticeStatus::told, "verdict.wave1"));
    EXPECT_THAT(log_.await(7),
                ElementsAre("send a", "send b", "delivered b", "send c", "delivered c", "send d", "delivered d"));
    clock_.await_looks();
    clock_.advance(1min);
    std::vector<std::string> again = log_.await(9);
    again.erase(again.begin(), again.begin() + 7);
    EXPECT_THAT(again, ElementsAre("send b", "send c"));

    courier.submit(owed("e", core::NoticeStatus::resolved));
    log_.await(11);
    clock_.await_looks();
    clock_.advance(1min);
    again = log_.await(12);
    again.erase(again.begin(), again.begin() + 9);
    EXPECT_THAT(again, ElementsAre("send e", "delivered e", "send c"));

    courier.submit(owed("f", core::NoticeStatus::resolved, "I2"));
    log_.await(14);
    clock_.await_looks();
    clock_.advance(24h);
    clock_.await_looks();
    EXPECT_EQ(log_.lines().size(), 14U) << "all is over";
}

TEST_F(CourierTest, tells_again_nothing_that_was_never_taken) {
    door_->answer({refused});
    start({owed("a")}, {.resend_every = 1min});
    EXPECT_THAT(log_.await(2), ElementsAre("send a", "dead a"));
    clock_.await_looks();
    clock_.advance(1h);
    clock_.await_looks();
    EXPECT_EQ(log_.lines().size(), 2U);
}

TEST_F(CourierTest, waits_for_the_next_interval_when_what_goes_on_is_not_taken) {
    door_->answer({later});
    start({}, {.resend_every = 1min, .firing = {owed("a").notice, owed("b", core::NoticeStatus::firing, "I2").notice}});
    EXPECT_THAT(log_.await(1), ElementsAre("send a"));
    clock_.await_looks();
    EXPECT_EQ(log_.lines().size(), 1U);
    clock_.advance(1min);
    EXPECT_THAT(log_.await(3), ElementsAre("send a", "send a", "send b"));
}

TEST_F(CourierTest, tells_nothing_again_where_the_receiver_keeps_what_goes_on_by_itself) {
    Courier& courier = start({owed("a")});
    log_.await(2);
    clock_.advance(24h);
    courier.submit(owed("b", core::NoticeStatus::told));
    EXPECT_THAT(log_.await(4), ElementsAre("send a", "delivered a", "send b", "delivered b"));
}

} // namespace
} // namespace mailpreflight::daemon
