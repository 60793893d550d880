// GP_MOCK_FAULT=number:kind[:file] has the call of this number fail, crash, abort, hang or eat memory, counted over the whole process; with a
// file only once, for as many processes as there are. GP_MOCK_CALLS=file: each process notes there how many calls it has made so far.
#include "faults.h"
#include "state.h"
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

namespace
{
Fault kindOf(std::string const& name)
{
    return name == "fail" ? Fault::kFAIL : name == "crash" ? Fault::kCRASH : name == "abort" ? Fault::kABORT : name == "hang" ? Fault::kHANG
        : name == "eat" ? Fault::kEAT : Fault::kNONE;
}

struct Injection
{
    int64_t number = 0;
    Fault fault = Fault::kNONE;
    std::string once;
    std::string calls;

    Injection()
    {
        if (char const* file = std::getenv("GP_MOCK_CALLS")) calls = file;
        char const* text = std::getenv("GP_MOCK_FAULT");
        if (text == nullptr || *text == 0) return;
        std::string all = text;
        size_t first = all.find(':'), second = all.find(':', first + 1);
        number = std::atoll(text);
        fault = kindOf(all.substr(first + 1, second == std::string::npos ? second : second - first - 1));
        if (second != std::string::npos) once = all.substr(second + 1);
    }

    // Whether this process is the one that may do it.
    bool mine() const
    {
        if (once.empty()) return true;
        int file = open(once.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600);
        if (file >= 0) close(file);
        return file >= 0;
    }
};
}

void commit(Fault fault)
{
    switch (fault)
    {
    case Fault::kCRASH:
        std::fputs("the mock crashes\n", stderr);
        *static_cast<int volatile*>(nullptr) = 1;
        break;
    case Fault::kABORT:
        std::fputs("terminate called by the mock\n", stderr);
        std::abort();
    case Fault::kHANG:
        for (;;) std::this_thread::sleep_for(std::chrono::seconds(1));
    case Fault::kEAT:
        for (int block = 0; block < 64; block++)
        {
            size_t size = size_t(64) << 20;
            void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (memory != MAP_FAILED) std::memset(memory, 1, size);
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        std::abort(); // nobody stopped it
    default:
        break;
    }
}

bool reached(char const* function)
{
    static Injection const injection;
    static std::atomic<int64_t> calls{0};
    int64_t number = ++calls;
    if (!injection.calls.empty())
    {
        static std::mutex lock;
        std::lock_guard<std::mutex> guard(lock);
        if (FILE* file = std::fopen((injection.calls + "." + std::to_string(getpid())).c_str(), "w"))
        {
            std::fprintf(file, "%lld", static_cast<long long>(number));
            std::fclose(file);
        }
    }
    if (number != injection.number || !injection.mine()) return false;
    std::fprintf(stderr, "call %lld: %s\n", static_cast<long long>(number), function);
    commit(injection.fault);
    return injection.fault == Fault::kFAIL;
}

void misbehave(Graph const& graph, std::string const& prefix)
{
    for (auto const& node : graph.nodes)
    {
        for (char const* kind : {"crash", "abort", "hang", "eat"})
        {
            std::unique_lock<std::mutex> guard(state().lock);
            bool asked = state().failing.count(prefix + kind + ":" + node.name) != 0;
            guard.unlock();
            if (asked) commit(kindOf(kind));
        }
    }
}
