// A stand-in for libcuda with two devices whose memory is the host's. Streams queue their work until somebody waits, so that a
// caller that does not wait, or frees too early, sees it. Complains about handles that it does not know.
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace
{
enum { kSUCCESS = 0, kINVALID = 1, kNO_MEMORY = 2, kNO_DEVICE = 100, kNO_CONTEXT = 201, kBAD_HANDLE = 400, kLOST = 700 };

// A copy, work of the mock TensorRT, which stands for a kernel, or a call back to the host.
struct Item
{
    void *to, *from;
    size_t bytes;
    void (*kernel)(void*) = nullptr;
    void (*function)(void*) = nullptr;
    bool removed = false;
    void operator()() const
    {
        if (removed) return;
        if (kernel) kernel(to);
        else if (function) function(from);
        else std::memmove(to, from, bytes);
    }
};
using Work = std::vector<Item>;

struct Stream
{
    Work queue;
    Work captured;
    bool capturing = false;
    size_t done = 0; // of all that was ever enqueued
};

struct Event
{
    Stream* stream = nullptr;
    size_t point = 0; // of what was enqueued on the stream: all before it must be done
};

struct State
{
    std::mutex lock;
    std::map<std::string, int64_t> settings{{"devices", 2}, {"init", 0}, {"limit", 1 << 26}, {"sync", 0}};
    std::map<void*, size_t> memory;
    std::set<void*> hostMemory;
    std::set<Stream*> streams;
    std::set<Work*> graphs;
    std::set<Event*> events;
    std::string complaints;
    int64_t crossings = 0;
} state;

// What CUDA knows of an address: 1 for pinned host memory, 2 for device memory, 0 for the rest.
int kind(void* address)
{
    auto block = state.memory.upper_bound(address);
    if (block == state.memory.begin()) return 0;
    --block;
    if (address >= static_cast<char*>(block->first) + block->second) return 0;
    return state.hostMemory.count(block->first) ? 1 : 2;
}

thread_local intptr_t current = 0;

int fail(int status, std::string const& complaint)
{
    state.complaints += complaint + "\n";
    return status;
}

// Everything but asking for devices needs a context on the calling thread.
#define NEED_CONTEXT()                                                                                                 \
    std::lock_guard<std::mutex> guard(state.lock);                                                                     \
    if (current == 0) return fail(kNO_CONTEXT, std::string(__func__) + " without a context")

template <typename T>
bool known(std::set<T*> const& set, void* handle)
{
    return set.count(static_cast<T*>(handle)) != 0;
}

// Item by item: one of them may wait for another stream.
void runUntil(Stream& stream, size_t point)
{
    while (stream.done < point && !stream.queue.empty())
    {
        Item item = stream.queue.front();
        stream.queue.erase(stream.queue.begin());
        stream.done++;
        item();
    }
}

void run(Stream& stream) { runUntil(stream, SIZE_MAX); }

void finish(void* mark)
{
    auto* event = static_cast<Event*>(mark);
    if (known(state.streams, event->stream)) runUntil(*event->stream, event->point);
    delete event;
}
}

EXPORT void mock_set(char const* key, int64_t value) { state.settings[key] = value; }
EXPORT void mock_reset() { state.complaints.clear(); }
EXPORT char const* mock_complaints() { return state.complaints.c_str(); }
EXPORT int64_t mock_live() { return int64_t(state.memory.size() + state.streams.size() + state.graphs.size() + state.events.size()); }

EXPORT int64_t mock_crossings() { return state.crossings; } // copies between host and device so far

// For the mock TensorRT: work of its own on a stream of ours. False where the stream is none of ours.
EXPORT bool mock_is_stream(void* stream)
{
    std::lock_guard<std::mutex> guard(state.lock);
    return known(state.streams, stream);
}
EXPORT bool mock_is_capturing(void* stream)
{
    std::lock_guard<std::mutex> guard(state.lock);
    return known(state.streams, stream) && static_cast<Stream*>(stream)->capturing;
}
EXPORT bool mock_push(void* handle, void (*work)(void*), void* argument)
{
    std::lock_guard<std::mutex> guard(state.lock);
    if (!known(state.streams, handle)) return false;
    auto* stream = static_cast<Stream*>(handle);
    (stream->capturing ? stream->captured : stream->queue).push_back({argument, nullptr, 0, work});
    return true;
}
EXPORT void mock_flush(void* handle)
{
    std::lock_guard<std::mutex> guard(state.lock);
    if (static_cast<Stream*>(handle)->capturing) fail(kINVALID, "a stream is waited for while it is captured");
    run(*static_cast<Stream*>(handle));
}

EXPORT int cuInit(unsigned flags) { return flags != 0 ? kINVALID : int(state.settings["init"]); }
EXPORT int cuDriverGetVersion(int* version) { *version = 12080; return kSUCCESS; }
EXPORT int cuGetErrorString(int error, char const** text)
{
    *text = error == kNO_MEMORY ? "out of memory" : error == kNO_DEVICE ? "no CUDA-capable device is detected" : nullptr;
    return *text == nullptr ? kINVALID : kSUCCESS;
}

EXPORT int cuDeviceGetCount(int* count)
{
    char const* there = std::getenv("GP_MOCK_DEVICES"); // for processes that no test can reach into
    *count = there == nullptr ? int(state.settings["devices"]) : std::atoi(there);
    return kSUCCESS;
}
EXPORT int cuDeviceGet(int* device, int ordinal) { *device = ordinal + 10; return kSUCCESS; }
EXPORT int cuDeviceGetName(char* name, int length, int device)
{
    std::strncpy(name, device == 10 ? "Mock A" : "Mock B", size_t(length));
    return kSUCCESS;
}
EXPORT int cuDeviceGetAttribute(int* value, int attribute, int device)
{
    *value = attribute == 75 ? (device == 10 ? 9 : 8) : attribute == 76 ? (device == 10 ? 0 : 6) : -1;
    return kSUCCESS;
}
EXPORT int cuDeviceGetUuid_v2(void* uuid, int device) { std::memset(uuid, device, 16); return kSUCCESS; }
EXPORT int cuDeviceTotalMem_v2(size_t* bytes, int device) { *bytes = size_t(device) << 30; return kSUCCESS; }
EXPORT int cuDevicePrimaryCtxRetain(void** context, int device) { *context = reinterpret_cast<void*>(intptr_t(device)); return kSUCCESS; }
EXPORT int cuCtxSetCurrent(void* context) { current = reinterpret_cast<intptr_t>(context); return kSUCCESS; }

EXPORT int cuMemGetInfo_v2(size_t* free, size_t* total) { NEED_CONTEXT(); if (state.settings["lost"] != 0) return kLOST; *free = size_t(state.settings["limit"]); *total = size_t(current) << 30; return kSUCCESS; }
EXPORT int cuMemAlloc_v2(void** address, size_t bytes)
{
    NEED_CONTEXT();
    if (bytes == 0) return fail(kINVALID, "nothing is allocated");
    if (int64_t(bytes) > state.settings["limit"]) return kNO_MEMORY;
    state.memory[*address = std::malloc(bytes)] = bytes;
    return kSUCCESS;
}
EXPORT int cuMemFree_v2(void* address)
{
    NEED_CONTEXT();
    auto block = state.memory.find(address);
    if (block == state.memory.end()) return fail(kINVALID, "unknown memory is freed");
    auto inside = [&](void* at) { return at >= address && at < static_cast<char*>(address) + block->second; };
    for (Stream* stream : state.streams)
    {
        for (auto const& item : stream->queue)
        {
            if (item.bytes != 0 && (inside(item.to) || inside(item.from))) fail(kINVALID, "memory is freed that a copy is still to touch");
        }
    }
    std::memset(address, 0xff, block->second); // whoever reads it gets no numbers
    state.memory.erase(block);
    std::free(address);
    return kSUCCESS;
}
EXPORT int cuMemAllocHost_v2(void** address, size_t bytes)
{
    int status = cuMemAlloc_v2(address, bytes);
    std::lock_guard<std::mutex> guard(state.lock);
    if (status == kSUCCESS) state.hostMemory.insert(*address);
    return status;
}
EXPORT int cuMemFreeHost(void* address)
{
    {
        std::lock_guard<std::mutex> guard(state.lock);
        state.hostMemory.erase(address);
    }
    return cuMemFree_v2(address);
}
EXPORT int cuPointerGetAttribute(void* value, int attribute, void* address)
{
    NEED_CONTEXT();
    if (attribute != 2) return fail(kINVALID, "cuPointerGetAttribute");
    int known = kind(address);
    if (known == 0) return kINVALID; // pageable: CUDA does not know it
    *static_cast<int*>(value) = known;
    return kSUCCESS;
}
EXPORT int cuMemcpyAsync(void* to, void* from, size_t bytes, void* handle)
{
    NEED_CONTEXT();
    if (!known(state.streams, handle)) return fail(kBAD_HANDLE, "a copy on an unknown stream");
    state.crossings += (kind(to) == 2) != (kind(from) == 2);
    auto* stream = static_cast<Stream*>(handle);
    (stream->capturing ? stream->captured : stream->queue).push_back({to, from, bytes});
    return kSUCCESS;
}

EXPORT int cuStreamCreate(void** handle, unsigned flags)
{
    NEED_CONTEXT();
    if (flags != 1) return fail(kINVALID, "a stream that waits for the default stream");
    auto* stream = new Stream;
    state.streams.insert(stream);
    *handle = stream;
    return kSUCCESS;
}
EXPORT int cuStreamDestroy_v2(void* handle)
{
    NEED_CONTEXT();
    if (!known(state.streams, handle)) return fail(kBAD_HANDLE, "an unknown stream is destroyed");
    run(*static_cast<Stream*>(handle));
    state.streams.erase(static_cast<Stream*>(handle));
    delete static_cast<Stream*>(handle);
    return kSUCCESS;
}
EXPORT int cuStreamSynchronize(void* handle)
{
    NEED_CONTEXT();
    if (!known(state.streams, handle)) return fail(kBAD_HANDLE, "an unknown stream is waited for");
    run(*static_cast<Stream*>(handle));
    return int(state.settings["sync"]);
}
EXPORT int cuEventCreate(void** handle, unsigned flags)
{
    NEED_CONTEXT();
    if (flags != 2) return fail(kINVALID, "an event that takes times");
    state.events.insert(static_cast<Event*>(*handle = new Event));
    return kSUCCESS;
}
EXPORT int cuEventDestroy_v2(void* handle)
{
    NEED_CONTEXT();
    if (!known(state.events, handle)) return fail(kBAD_HANDLE, "an unknown event is destroyed");
    state.events.erase(static_cast<Event*>(handle));
    delete static_cast<Event*>(handle);
    return kSUCCESS;
}
EXPORT int cuEventRecord(void* handle, void* stream)
{
    NEED_CONTEXT();
    if (!known(state.events, handle) || !known(state.streams, stream)) return fail(kBAD_HANDLE, "cuEventRecord");
    auto* on = static_cast<Stream*>(stream);
    *static_cast<Event*>(handle) = {on, on->done + on->queue.size()};
    return kSUCCESS;
}
EXPORT int cuEventSynchronize(void* handle)
{
    NEED_CONTEXT();
    if (!known(state.events, handle)) return fail(kBAD_HANDLE, "an unknown event is waited for");
    finish(new Event(*static_cast<Event*>(handle)));
    return int(state.settings["sync"]);
}
EXPORT int cuStreamWaitEvent(void* handle, void* event, unsigned flags)
{
    NEED_CONTEXT();
    if (!known(state.streams, handle) || !known(state.events, event) || flags != 0) return fail(kBAD_HANDLE, "cuStreamWaitEvent");
    auto* stream = static_cast<Stream*>(handle);
    (stream->capturing ? stream->captured : stream->queue).push_back({new Event(*static_cast<Event*>(event)), nullptr, 0, finish});
    return kSUCCESS;
}
EXPORT int cuStreamBeginCapture_v2(void* handle, int mode)
{
    NEED_CONTEXT();
    if (!known(state.streams, handle) || mode != 2) return fail(kBAD_HANDLE, "cuStreamBeginCapture");
    static_cast<Stream*>(handle)->capturing = true;
    return kSUCCESS;
}
EXPORT int cuStreamEndCapture(void* handle, void** graph)
{
    NEED_CONTEXT();
    auto* stream = static_cast<Stream*>(handle);
    if (!known(state.streams, handle) || !stream->capturing) return fail(kBAD_HANDLE, "cuStreamEndCapture");
    stream->capturing = false;
    auto* work = new Work(std::move(stream->captured));
    stream->captured.clear();
    state.graphs.insert(work);
    *graph = work;
    return kSUCCESS;
}

EXPORT int cuGraphInstantiateWithFlags(void** executable, void* graph, unsigned long long flags)
{
    NEED_CONTEXT();
    if (!known(state.graphs, graph) || flags != 0) return fail(kBAD_HANDLE, "cuGraphInstantiateWithFlags");
    auto* work = new Work(*static_cast<Work*>(graph));
    state.graphs.insert(work);
    *executable = work;
    return kSUCCESS;
}
EXPORT int cuGraphLaunch(void* executable, void* handle)
{
    NEED_CONTEXT();
    if (!known(state.graphs, executable) || !known(state.streams, handle)) return fail(kBAD_HANDLE, "cuGraphLaunch");
    auto const& work = *static_cast<Work*>(executable);
    auto& queue = static_cast<Stream*>(handle)->queue;
    queue.insert(queue.end(), work.begin(), work.end());
    return kSUCCESS;
}
EXPORT int cuGraphGetNodes(void* graph, void** nodes, size_t* count)
{
    NEED_CONTEXT();
    if (!known(state.graphs, graph)) return fail(kBAD_HANDLE, "cuGraphGetNodes");
    size_t found = 0;
    for (auto& item : *static_cast<Work*>(graph))
    {
        if (item.removed) continue;
        if (nodes && found < *count) nodes[found] = &item;
        found++;
    }
    *count = found;
    return kSUCCESS;
}
EXPORT int cuGraphNodeGetType(void* node, int* type)
{
    auto const& item = *static_cast<Item*>(node);
    *type = item.kernel ? 0 : item.function ? 3 : 1;
    return kSUCCESS;
}
EXPORT int cuGraphMemcpyNodeSetParams(void* node, void* parameters)
{
    // CUDA_MEMCPY3D: the source's type is at 32, its address on the host at 40.
    auto const* bytes = static_cast<char*>(parameters);
    if (*reinterpret_cast<int const*>(bytes + 32) != 1) return fail(kINVALID, "cuGraphMemcpyNodeSetParams");
    static_cast<Item*>(node)->from = *reinterpret_cast<void* const*>(bytes + 40);
    return kSUCCESS;
}
EXPORT int cuGraphHostNodeGetParams(void* node, void** parameters)
{
    parameters[0] = reinterpret_cast<void*>(static_cast<Item*>(node)->function);
    parameters[1] = static_cast<Item*>(node)->from;
    return kSUCCESS;
}
// Work is done in the order of a vector, so there is nothing to say about edges.
EXPORT int cuGraphNodeGetDependencies(void*, void**, size_t* count) { *count = 0; return kSUCCESS; }
EXPORT int cuGraphNodeGetDependentNodes(void*, void**, size_t* count) { *count = 0; return kSUCCESS; }
EXPORT int cuGraphAddDependencies(void*, void**, void**, size_t) { return kSUCCESS; }
EXPORT int cuGraphDestroyNode(void* node)
{
    NEED_CONTEXT();
    static_cast<Item*>(node)->removed = true;
    return kSUCCESS;
}
// Stands for cuLaunchHostFunc, which only others call.
EXPORT int cuLaunchHostFunc(void* handle, void (*function)(void*), void* argument)
{
    NEED_CONTEXT();
    auto* stream = static_cast<Stream*>(handle);
    (stream->capturing ? stream->captured : stream->queue).push_back({nullptr, argument, 0, nullptr, function});
    return kSUCCESS;
}
EXPORT int cuGraphMemcpyNodeGetParams(void* node, void* parameters)
{
    struct Side { size_t offsets[4]; int type; void *host, *device, *array, *reserved; size_t pitch, height; };
    struct { Side from, to; size_t width, height, depth; } copy{};
    static_assert(sizeof(copy) == 200, "CUDA_MEMCPY3D");
    auto const& item = *static_cast<Item*>(node);
    copy.from.type = copy.to.type = 4; // unified: the address says where it is
    copy.width = item.bytes;
    copy.height = copy.depth = 1;
    copy.from.device = item.from;
    copy.to.device = item.to;
    std::memcpy(parameters, &copy, sizeof(copy));
    return kSUCCESS;
}
static int destroyGraph(void* graph)
{
    NEED_CONTEXT();
    if (state.graphs.erase(static_cast<Work*>(graph)) == 0) return fail(kBAD_HANDLE, "an unknown graph is destroyed");
    delete static_cast<Work*>(graph);
    return kSUCCESS;
}
EXPORT int cuGraphExecDestroy(void* executable) { return destroyGraph(executable); }
EXPORT int cuGraphDestroy(void* graph) { return destroyGraph(graph); }
