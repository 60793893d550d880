// What all parts of the mock library share: the objects that live, the calls that shall fail, and the complaints about callers.
#pragma once
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <string>

#define MOCK_EXPORT extern "C" __attribute__((visibility("default")))

struct State
{
    std::mutex lock;
    std::map<std::string, int64_t> live;
    std::map<std::string, int64_t> failing;
    std::map<std::string, int64_t> values;
    std::string complaints;
};

// Defined in core.cpp, used by the parser library too.
__attribute__((visibility("default"))) State& state();

// Notes that the caller broke a rule; a test fails where there is any complaint.
__attribute__((visibility("default"))) void complain(std::string const& what);

inline void expect(bool holds, std::string const& otherwise)
{
    if (!holds)
    {
        complain(otherwise);
    }
}

// Counts a call of the library and does to the caller what GP_MOCK_FAULT has for the call of this number (faults.cpp). True: it shall fail.
__attribute__((visibility("default"))) bool reached(char const* function);

// Whether the test asked for this call to fail. Counts the call.
inline bool fails(char const* function)
{
    // Names with a colon are questions of the mock about a node, not calls.
    if (std::strchr(function, ':') == nullptr && reached(function)) return true;
    std::lock_guard<std::mutex> guard(state().lock);
    state().values[std::string("calls:") + function] += 1;
    auto entry = state().failing.find(function);
    return entry != state().failing.end() && entry->second-- > 0;
}

inline void note(std::string const& key, int64_t value)
{
    std::lock_guard<std::mutex> guard(state().lock);
    state().values[key] = value;
}

// Every mock object derives from it: it knows how many live, and a dead one no longer passes for alive.
template <typename T>
class Counted
{
public:
    Counted() { count(1); }
    ~Counted()
    {
        mMagic = 0;
        count(-1);
    }
    Counted(Counted const&) = delete;
    bool alive() const { return mMagic == kMagic; }

private:
    static constexpr uint64_t kMagic = 0x6d6f636b6d6f636bULL;
    uint64_t mMagic = kMagic;

    static void count(int delta)
    {
        std::lock_guard<std::mutex> guard(state().lock);
        state().live[T::kName] += delta;
    }
};
