// A stand-in for libnvinfer. The virtual tables come from Layouts/ and are laid out by the compiler; every function checks its
// arguments and complains where a caller that used the wrong slot, size, width or lifetime would be noticed.
// The layout header is included from the command line.
#include "faults.h"
#include "objects.h"
#include "plugin.h"
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <sstream>
#include <thread>
#include <typeinfo>

using namespace nvinfer1;

#ifndef MOCK_CLAIMS
#define MOCK_CLAIMS MOCK_VERSION
#endif

State& state()
{
    // GP_MOCK_FAIL=function=times,...: what shall fail, for processes that no test can reach into.
    static State instance = [] {
        std::map<std::string, int64_t> failing;
        char const* text = std::getenv("GP_MOCK_FAIL");
        std::istringstream in(text == nullptr ? "" : text);
        for (std::string item; std::getline(in, item, ',');)
        {
            size_t equals = item.rfind('=');
            if (equals != std::string::npos) failing[item.substr(0, equals)] = std::atoll(item.c_str() + equals + 1);
        }
        return State{{}, {}, failing, {}, {}};
    }();
    return instance;
}

void complain(std::string const& what)
{
    std::lock_guard<std::mutex> guard(state().lock);
    state().complaints += what + "\n";
}

extern "C" void mock_unexpected(char const* type, int slot)
{
    complain(std::string("unexpected call of slot ") + std::to_string(slot) + " of " + type);
}

// ---- control by the tests ------------------------------------------------------------------------------------------------

MOCK_EXPORT void mock_fail(char const* function, int32_t times)
{
    std::lock_guard<std::mutex> guard(state().lock);
    state().failing[function] = times;
}

MOCK_EXPORT int64_t mock_value(char const* key)
{
    std::lock_guard<std::mutex> guard(state().lock);
    auto entry = state().values.find(key);
    return entry == state().values.end() ? INT64_MIN : entry->second;
}

MOCK_EXPORT char const* mock_complaints()
{
    std::lock_guard<std::mutex> guard(state().lock);
    thread_local std::string text;
    text = state().complaints;
    return text.c_str();
}

MOCK_EXPORT char const* mock_living()
{
    std::lock_guard<std::mutex> guard(state().lock);
    thread_local std::string text;
    text.clear();
    for (auto const& [name, count] : state().live)
    {
        text += count == 0 ? "" : name + "=" + std::to_string(count) + " ";
    }
    return text.c_str();
}

MOCK_EXPORT void mock_reset()
{
    std::lock_guard<std::mutex> guard(state().lock);
    state().complaints.clear();
    state().failing.clear();
    state().values.clear();
}

// ---- helpers -------------------------------------------------------------------------------------------------------------

// TensorRT has worker threads; callbacks must bear being called from them.
static void onThread(std::function<void()> const& work)
{
    std::thread(work).join();
}

template <typename T>
static void checkInterface(T const* object, char const* kind)
{
    expect(std::strstr(typeid(*object).name(), kind) != nullptr, std::string("typeid of the ") + kind + " is " + typeid(*object).name());
}

#define CHECK_VERSIONED(object, name)                                                                                    \
    do                                                                                                                 \
    {                                                                                                                  \
        expect((object)->getAPILanguage() == APILanguage::kCPP, name " is not C++");                                    \
        InterfaceInfo info = (object)->getInterfaceInfo();                                                              \
        expect(std::string(info.kind) == name && info.major == 1 && info.minor == 0, name " has another interface");   \
    } while (false)

void logMessage(ILogger* logger, Severity severity, char const* message)
{
    onThread([=] { logger->log(severity, message); });
}

static void checkDims(Dims const& dims, std::string const& where)
{
    expect(dims.nbDims >= 0 && dims.nbDims <= 8, where + ": rank " + std::to_string(dims.nbDims));
    for (int i = 0; i < 8; i++)
    {
        expect(i < dims.nbDims ? dims.d[i] >= -1 : dims.d[i] == 0, where + ": size " + std::to_string(i) + " is " + std::to_string(dims.d[i]));
    }
}

static std::vector<int64_t> toShape(Dims const& dims)
{
    return std::vector<int64_t>(dims.d, dims.d + (dims.nbDims < 0 || dims.nbDims > 8 ? 0 : dims.nbDims));
}

static Dims toDims(std::vector<int64_t> const& shape)
{
    Dims dims{};
    dims.nbDims = int32_t(shape.size());
    for (size_t i = 0; i < shape.size(); i++)
    {
        dims.d[i] = shape[i];
    }
    return dims;
}

static Dims unknownDims()
{
    Dims dims{};
    dims.nbDims = -1;
    return dims;
}

// The number that a test has set under a name, as a size and not as a count of failures.
static int64_t setting(char const* name)
{
    std::lock_guard<std::mutex> guard(state().lock);
    auto entry = state().failing.find(name);
    return entry == state().failing.end() ? 0 : entry->second;
}

template <typename T>
static void checkEnum(T value, int from, int to, char const* where)
{
    expect(int(value) >= from && int(value) <= to, std::string(where) + ": " + std::to_string(int(value)));
}

static char const* orNull(char const* function, char const* text)
{
    return fails(function) ? nullptr : text;
}

static int64_t volume(std::vector<int64_t> const& shape)
{
    int64_t product = 1;
    for (int64_t size : shape)
    {
        product *= size;
    }
    return product;
}

using Profile = std::map<std::string, std::vector<int64_t>[3]>;

// ---- what the builder side makes ------------------------------------------------------------------------------------------

class MockHostMemory : public apiv::VHostMemory, public Counted<MockHostMemory>
{
public:
    static constexpr char const* kName = "HostMemory";
    explicit MockHostMemory(std::string bytes) : mBytes(std::move(bytes)) {}
    void* data() const noexcept override { CHECK_ALIVE(); return fails("data") ? nullptr : const_cast<char*>(mBytes.data()); }
    std::size_t size() const noexcept override { CHECK_ALIVE(); return mBytes.size(); }

private:
    std::string mBytes;
};

class MockTensor : public apiv::VTensor
{
public:
    MockTensor(TensorInfo info, Graph const& network) : mInfo(std::move(info)), mNetwork(network) {}
    char const* getName() const noexcept override { return orNull("getName of a tensor", mInfo.name.c_str()); }
    Dims getDimensions() const noexcept override { return toDims(mInfo.shape); }
    DataType getType() const noexcept override { return DataType(mInfo.type); }
    bool isShapeTensor() const noexcept override { return ::isShapeTensor(mNetwork, mInfo); }

private:
    TensorInfo mInfo;
    Graph const& mNetwork;
};

class MockLayer : public apiv::VLayer
{
public:
    LayerType getType() const noexcept override { return LayerType::kIDENTITY; }
};

class MockNetwork : public apiv::VNetworkDefinition, public Counted<MockNetwork>
{
public:
    static constexpr char const* kName = "Network";
    explicit MockNetwork(int64_t* living) : mLiving(living) { ++*mLiving; }
    ~MockNetwork() noexcept override
    {
        expect(parsers == 0, "a network ends before its parser");
        for (ITensor* tensor : mTensors) delete tensor;
        for (IIdentityLayer* layer : mLayers) delete layer;
        --*mLiving;
    }

#if MOCK_VERSION < 10000
    ITensor* addInput(char const* name, DataType type, Dims dimensions) noexcept override
#else
    ITensor* addInput(char const* name, DataType type, Dims const& dimensions) noexcept override
#endif
    {
        CHECK_ALIVE();
        if (fails("addInput")) return nullptr;
        checkDims(dimensions, "addInput");
        checkEnum(type, 0, 12, "addInput: type");
        graph.inputs.push_back({name, int32_t(type), toShape(dimensions)});
        mTensors.push_back(new ITensor(new MockTensor(graph.inputs.back(), graph)));
        return mTensors.back();
    }

    IIdentityLayer* addIdentity(ITensor& input) noexcept override
    {
        CHECK_ALIVE();
        if (fails("addIdentity")) return nullptr;
        graph.nodes.push_back({"", "Identity", {input.mImpl->getName()}, {"identity"}});
        mLayers.push_back(new IIdentityLayer(new MockLayer));
        return mLayers.back();
    }

    int32_t getNbLayers() const noexcept override { return int32_t(graph.nodes.size()); }
    int32_t getNbInputs() const noexcept override { return int32_t(graph.inputs.size()); }
    ITensor* getInput(int32_t index) const noexcept override
    {
        CHECK_ALIVE();
        if (fails("getInput")) return nullptr;
        expect(index >= 0 && index < getNbInputs(), "getInput: index " + std::to_string(index));
        if (index < 0 || index >= getNbInputs()) return nullptr;
        mTensors.push_back(new ITensor(new MockTensor(graph.inputs[size_t(index)], graph)));
        return mTensors.back();
    }
    void setName(char const* name) noexcept override { CHECK_ALIVE(); expect(name != nullptr && *name != 0, "setName: no name"); mName = name; }

    std::string const& name() const { return mName; }
    Graph graph;
    int parsers = 0;

private:
    int64_t* mLiving;
    std::string mName;
    mutable std::vector<ITensor*> mTensors;
    std::vector<IIdentityLayer*> mLayers;
};

Graph* graphOf(INetworkDefinition* network)
{
    auto* mock = static_cast<MockNetwork*>(network->mImpl);
    expect(mock->alive(), "a parser is given a dead network");
    return &mock->graph;
}

void parserAttached(INetworkDefinition* network, int delta)
{
    static_cast<MockNetwork*>(network->mImpl)->parsers += delta;
}

class MockProfile : public apiv::VOptimizationProfile
{
public:
#if MOCK_VERSION < 10000
    bool setDimensions(char const* inputName, OptProfileSelector select, Dims dims) noexcept override
#else
    bool setDimensions(char const* inputName, OptProfileSelector select, Dims const& dims) noexcept override
#endif
    {
        if (fails("setDimensions")) return false;
        checkDims(dims, "setDimensions");
        expect(int(select) >= 0 && int(select) <= 2, "setDimensions: selector " + std::to_string(int(select)));
        shapes[inputName][int(select)] = toShape(dims);
        return true;
    }
#ifndef NO_VOptimizationProfile_setShapeValues
    bool setShapeValues(char const* name, OptProfileSelector select, int32_t const* values, int32_t count) noexcept override { return setValues(name, select, values, count); }
#endif
#ifndef NO_VOptimizationProfile_setShapeValuesV2
    bool setShapeValuesV2(char const* name, OptProfileSelector select, int64_t const* values, int32_t count) noexcept override { return setValues(name, select, values, count); }
#endif
    bool isValid() const noexcept override
    {
        if (fails("isValid")) return false;
        for (auto const& [name, range] : shapes)
        {
            for (size_t i = 0; i < range[0].size(); i++)
            {
                if (range[1].size() != range[0].size() || range[2].size() != range[0].size() || range[0][i] > range[1][i] || range[1][i] > range[2][i]) return false;
            }
        }
        return true;
    }
    Profile shapes;

private:
    template <typename T>
    bool setValues(char const* name, OptProfileSelector select, T const* values, int32_t count)
    {
        if (fails("setShapeValues")) return false;
        expect(values != nullptr && count > 0 && count <= 8, "setShapeValues: " + std::to_string(count) + " values");
        checkEnum(select, 0, 2, "setShapeValues: selector");
        shapes[std::string("values:") + name][int(select)] = std::vector<int64_t>(values, values + count);
        return true;
    }
};

class MockTimingCache : public apiv::VTimingCache, public Counted<MockTimingCache>
{
public:
    static constexpr char const* kName = "TimingCache";
    IHostMemory* serialize() const noexcept override
    {
        CHECK_ALIVE();
        if (fails("serialize")) return nullptr;
        return new IHostMemory(new MockHostMemory(header() + lines));
    }
    bool combine(ITimingCache const& inputCache, bool ignoreMismatch) noexcept override
    {
        expect(!ignoreMismatch, "combine: mismatches are ignored");
        if (fails("combine")) return false;
        add(static_cast<MockTimingCache const*>(inputCache.mImpl)->lines);
        return true;
    }
    void add(std::string const& more)
    {
        std::istringstream in(more);
        for (std::string line; std::getline(in, line);)
        {
            lines += lines.find(line + "\n") == std::string::npos ? line + "\n" : "";
        }
    }
    static std::string header() { return "TIMING " + std::to_string(MOCK_VERSION) + "\n"; }
    std::string lines;
};

class MockConfig : public apiv::VBuilderConfig, public Counted<MockConfig>
{
public:
    static constexpr char const* kName = "Config";
    explicit MockConfig(int64_t* living) : mLiving(living) { ++*mLiving; }
    ~MockConfig() noexcept override { --*mLiving; }
    void clearFlag(BuilderFlag flag) noexcept override { CHECK_ALIVE(); checkEnum(flag, 0, 24, "clearFlag"); flags &= ~(1u << int(flag)); }
    void setFlag(BuilderFlag flag) noexcept override { CHECK_ALIVE(); checkEnum(flag, 0, 24, "setFlag"); flags |= 1u << int(flag); }
    int32_t addOptimizationProfile(IOptimizationProfile const* profile) noexcept override
    {
        CHECK_ALIVE();
        if (fails("addOptimizationProfile")) return -1;
        profiles.push_back(static_cast<MockProfile const*>(profile->mImpl)->shapes);
        return int32_t(profiles.size()) - 1;
    }
    void setProfilingVerbosity(ProfilingVerbosity verbosity) noexcept override { checkEnum(verbosity, 0, 2, "setProfilingVerbosity"); note("verbosity", int(verbosity)); }
    ITimingCache* createTimingCache(void const* blob, std::size_t size) const noexcept override
    {
        CHECK_ALIVE();
        if (fails("createTimingCache")) return nullptr;
        expect((blob == nullptr) == (size == 0), "createTimingCache: blob and size disagree");
        std::string text(static_cast<char const*>(blob), size);
        if (size != 0 && text.rfind(MockTimingCache::header(), 0) != 0) return nullptr;
        auto* cache = new MockTimingCache;
        cache->lines = size == 0 ? "" : text.substr(MockTimingCache::header().size());
        return new ITimingCache(cache);
    }
    bool setTimingCache(ITimingCache const& cache, bool ignoreMismatch) noexcept override
    {
        expect(!ignoreMismatch, "setTimingCache: mismatches are ignored");
        if (fails("setTimingCache")) return false;
        timings = static_cast<MockTimingCache*>(cache.mImpl);
        return true;
    }
    void setMemoryPoolLimit(MemoryPoolType pool, std::size_t size) noexcept override
    {
        expect(pool == MemoryPoolType::kWORKSPACE, "setMemoryPoolLimit: another pool");
        expect(size <= size_t(1) << 60, "setMemoryPoolLimit: a negative size");
        note("workspace", int64_t(size));
    }
#ifndef NO_VBuilderConfig_setBuilderOptimizationLevel
    void setBuilderOptimizationLevel(int32_t level) noexcept override { checkEnum(level, 0, 5, "setBuilderOptimizationLevel"); note("level", level); }
    void setHardwareCompatibilityLevel(HardwareCompatibilityLevel level) noexcept override { checkEnum(level, 1, 2, "setHardwareCompatibilityLevel"); note("compatibility", int(level)); }
#if MOCK_VERSION >= 110000 || (MOCK_RTX && MOCK_VERSION >= 10500)
    bool setMaxAuxStreams(int32_t streams) noexcept override { checkEnum(streams, 0, 16, "setMaxAuxStreams"); note("streams", streams); return true; }
#else
    void setMaxAuxStreams(int32_t streams) noexcept override { checkEnum(streams, 0, 16, "setMaxAuxStreams"); note("streams", streams); }
#endif
#endif
#ifndef NO_VBuilderConfig_setProgressMonitor
    void setProgressMonitor(IProgressMonitor* value) noexcept override
    {
        checkInterface(value, "IProgressMonitor");
        CHECK_VERSIONED(value, "IProgressMonitor");
        monitor = value;
    }
    IProgressMonitor* monitor = nullptr;
#endif
#ifndef NO_VBuilderConfig_setNbComputeCapabilities
    bool setNbComputeCapabilities(int32_t count) noexcept override
    {
        CHECK_ALIVE();
        if (fails("setNbComputeCapabilities") || count < 1) return false;
        capabilities.assign(size_t(count), 0);
        return true;
    }
    bool setComputeCapability(ComputeCapability capability, int32_t index) noexcept override
    {
        CHECK_ALIVE();
        expect(index >= 0 && size_t(index) < capabilities.size(), "setComputeCapability: index " + std::to_string(index));
        expect(int(capability) >= 75 && int(capability) <= 121, "setComputeCapability: " + std::to_string(int(capability)));
        if (fails("setComputeCapability")) return false;
        capabilities[size_t(index)] = int(capability);
        note("capability", int(capability));
        return true;
    }
#endif
    std::vector<int> capabilities; // what is built for without asking a device
    uint32_t flags = 1u << int(BuilderFlag::kTF32);
    std::vector<Profile> profiles;
    MockTimingCache* timings = nullptr;

private:
    int64_t* mLiving;
};

// ---- the engine as text ----------------------------------------------------------------------------------------------------

static void writeShape(std::ostream& out, std::vector<int64_t> const& shape)
{
    out << ' ' << shape.size();
    for (int64_t size : shape) out << ' ' << size;
}

static std::vector<int64_t> readShape(std::istream& in)
{
    size_t rank = 0;
    in >> rank;
    std::vector<int64_t> shape(rank < 64 ? rank : 0);
    for (int64_t& size : shape) in >> size;
    return shape;
}

static uint64_t checksum(std::string const& text)
{
    uint64_t hash = 1469598103934665603ULL; // FNV-1a
    for (unsigned char byte : text) hash = (hash ^ byte) * 1099511628211ULL;
    return hash;
}

// Names must not hold spaces; the tests' do not.
struct Traits
{
    bool refittable = false;
    bool versionCompatible = false;
    bool excludesLean = false;
    bool tf32 = false;
};

static Traits traitsOf(uint32_t flags)
{
    Traits traits;
    traits.refittable = (flags >> int(BuilderFlag::kREFIT) & 1) != 0;
    traits.tf32 = (flags >> int(BuilderFlag::kTF32) & 1) != 0;
#ifndef NO_BuilderFlag_kVERSION_COMPATIBLE
    traits.versionCompatible = (flags >> int(BuilderFlag::kVERSION_COMPATIBLE) & 1) != 0;
    traits.excludesLean = (flags >> int(BuilderFlag::kEXCLUDE_LEAN_RUNTIME) & 1) != 0;
#endif
    return traits;
}

static std::string writeEngine(std::string const& name, Graph const& graph, std::vector<Profile> const& profiles, Traits const& traits)
{
    std::ostringstream out;
    out << (name.empty() ? "-" : name) << ' ' << traits.refittable << ' ' << traits.versionCompatible << ' ' << traits.excludesLean << ' ' << traits.tf32 << '\n' << graph.inputs.size() << '\n';
    for (auto const& t : graph.inputs) { out << t.name << ' ' << t.type; writeShape(out, t.shape); out << '\n'; }
    out << graph.outputs.size() << '\n';
    for (auto const& t : graph.outputs) { out << t.name << ' ' << t.type; writeShape(out, t.shape); out << '\n'; }
    out << graph.constants.size() << '\n';
    for (auto const& [key, c] : graph.constants)
    {
        out << key;
        writeShape(out, c.shape);
        out << ' ' << c.data.size();
        for (float value : c.data)
        {
            uint32_t bits; // as text a float would not come back where it is no number
            std::memcpy(&bits, &value, sizeof bits);
            out << ' ' << bits;
        }
        out << '\n';
    }
    out << graph.nodes.size() << '\n';
    for (auto const& n : graph.nodes)
    {
        out << n.op << ' ' << n.axis << ' ' << n.type << ' ' << n.inputs.size();
        for (auto const& input : n.inputs) out << ' ' << input;
        out << ' ' << n.outputs[0] << '\n';
    }
    out << (profiles.empty() ? 1 : profiles.size()) << '\n';
    for (size_t p = 0; p < (profiles.empty() ? 1 : profiles.size()); p++)
    {
        size_t count = profiles.empty() ? 0 : profiles[p].size();
        out << count << '\n';
        if (count == 0) continue;
        for (auto const& [input, shapes] : profiles[p])
        {
            out << input;
            for (auto const& shape : shapes) writeShape(out, shape);
            out << '\n';
        }
    }
    std::string body = out.str();
    return "MOCK " + std::to_string(MOCK_VERSION) + " " + std::to_string(checksum(body)) + "\n" + body;
}

static void* driverFunction(char const* function)
{
    void* library = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD);
    return library == nullptr ? nullptr : dlsym(library, function);
}

// ---- the builder ------------------------------------------------------------------------------------------------------------

class MockBuilder : public apiv::VBuilder, public Counted<MockBuilder>
{
public:
    static constexpr char const* kName = "Builder";
    explicit MockBuilder(ILogger* logger) : mLogger(logger) {}
    ~MockBuilder() noexcept override
    {
        expect(mNetworks == 0 && mConfigs == 0, "a builder ends before its networks and configurations");
        if (mRecorder != nullptr) mRecorder->decRefCount();
        for (IOptimizationProfile* profile : mProfiles) delete profile;
    }

    IBuilderConfig* createBuilderConfig() noexcept override
    {
        CHECK_ALIVE();
        return fails("createBuilderConfig") ? nullptr : new IBuilderConfig(new MockConfig(&mConfigs));
    }

    INetworkDefinition* createNetworkV2(NetworkDefinitionCreationFlags flags) noexcept override
    {
        CHECK_ALIVE();
        note("network flags", flags);
        expect(flags <= 3, "createNetworkV2: flags " + std::to_string(flags)); // nobody has a third
        return fails("createNetworkV2") ? nullptr : new INetworkDefinition(new MockNetwork(&mNetworks));
    }

    IOptimizationProfile* createOptimizationProfile() noexcept override
    {
        if (fails("createOptimizationProfile")) return nullptr;
        mProfiles.push_back(new IOptimizationProfile(new MockProfile));
        return mProfiles.back();
    }

    void setErrorRecorder(IErrorRecorder* recorder) noexcept override
    {
        CHECK_ALIVE();
        if (mRecorder != nullptr) mRecorder->decRefCount();
        mRecorder = recorder;
        if (recorder == nullptr) return;
        checkInterface(recorder, "IErrorRecorder");
#if MOCK_VERSION >= 10000
        CHECK_VERSIONED(recorder, "IErrorRecorder");
#endif
        expect(recorder->incRefCount() == 1 && recorder->getNbErrors() == 0 && !recorder->hasOverflowed(), "the error recorder is not fresh");
    }

    bool setMaxThreads(int32_t threads) noexcept override { CHECK_ALIVE(); checkEnum(threads, 1, 1024, "setMaxThreads"); note("threads", threads); return true; }

    IHostMemory* buildSerializedNetwork(INetworkDefinition& network, IBuilderConfig& config) noexcept override
    {
        CHECK_ALIVE();
        auto* net = static_cast<MockNetwork*>(network.mImpl);
        auto* cfg = static_cast<MockConfig*>(config.mImpl);
        expect(net->alive() && cfg->alive(), "buildSerializedNetwork: arguments are not what they should be");
        static std::atomic<int64_t> building{0}, most{0};
        struct Guard { Guard() { int64_t now = ++building; if (now > most) most = now; } ~Guard() { --building; } } guard;
        if (fails("forget builds at once")) most = int64_t(building);
        // Threads of a pool may take their time to come; who is there waits for the others, but not for ever.
        for (int waited = 0; most < setting("gather") && waited < 10000; waited++) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        note("builds at once", most);
        note("flags", cfg->flags);
        logMessage(mLogger, Severity::kINFO, "building");
        misbehave(net->graph, "");
        if (fails("buildSerializedNetwork")) return nullptr;
        if (!configured(*cfg)) return nullptr;
        if (!profilesFit(*net, *cfg) || !report(*cfg) || !buildable(*net, *cfg)) return nullptr;
        for (auto const& node : net->graph.nodes)
        {
            if (cfg->timings != nullptr) cfg->timings->add(node.op + " 1.5\n");
        }
        return new IHostMemory(new MockHostMemory(writeEngine(net->name(), net->graph, cfg->profiles, traitsOf(cfg->flags))));
    }

private:
    void error(ErrorCode code, std::string const& text)
    {
        onThread([&] {
            if (mRecorder == nullptr) return;
            expect(!mRecorder->reportError(code, text.c_str()), "the recorder asks to stop");
            expect(mRecorder->getNbErrors() >= 1 && mRecorder->getErrorCode(0) == code && text == mRecorder->getErrorDesc(0), "a recorded error comes back otherwise");
            mRecorder->clear();
            expect(mRecorder->getNbErrors() == 0, "the recorder does not clear");
        });
    }

    bool profilesFit(MockNetwork const& network, MockConfig const& config)
    {
        for (auto const& input : network.graph.inputs)
        {
            for (int64_t size : input.shape)
            {
                bool known = !config.profiles.empty() && config.profiles[0].count(input.name) != 0;
                if (size < 0 && !known)
                {
                    error(ErrorCode::kINVALID_VALUE, "IBuilder: network has dynamic input " + input.name + ", but no optimization profile for it");
                    return false;
                }
            }
            for (auto const& profile : config.profiles)
            {
                bool hasValues = profile.count("values:" + input.name) != 0, isSizes = isShapeTensor(network.graph, input);
                expect(isSizes || !hasValues, "the profile has values of " + input.name + ", which is no shape tensor");
                if (hasValues || !isSizes) continue;
                error(ErrorCode::kINVALID_VALUE, "IBuilder: the profile has no values of the shape tensor " + input.name);
                return false;
            }
        }
        return true;
    }

    // What the machine, the configuration or a missing library does not allow, whatever the graph is.
    bool configured(MockConfig const& config)
    {
        bool hasDriver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD) != nullptr;
        if (!hasDriver && config.capabilities.empty())
        {
            error(ErrorCode::kINTERNAL_ERROR, "CUDA initialization failure with error: 35. no CUDA-capable device is detected");
            return false;
        }
        Traits traits = traitsOf(config.flags);
        if (!config.capabilities.empty())
        {
            if (config.timings != nullptr) error(ErrorCode::kINTERNAL_ERROR, "a timing cache needs a device");
            if (traits.refittable) error(ErrorCode::kINTERNAL_ERROR, "Myelin: CHECK(status == CUDA_SUCCESS) failed");
            if (traits.versionCompatible) error(ErrorCode::kINTERNAL_ERROR, "API Usage Error (Unable to load library: the lean runtime)");
            if (config.timings != nullptr || traits.refittable || traits.versionCompatible) return false;
            logMessage(mLogger, Severity::kINFO, "Using legacy CPU-only mode");
        }
        if (traits.refittable && setting("refit crashes") != 0) commit(Fault::kCRASH);
        if (traits.versionCompatible && fails("no lean runtime"))
        {
            error(ErrorCode::kINVALID_VALUE, "API Usage Error (Unable to load library: libnvinfer_lean.so: cannot open shared object file)");
            return false;
        }
        if (traits.refittable && fails("refit needs a device"))
        {
            error(ErrorCode::kINTERNAL_ERROR, "Myelin: CHECK(status == CUDA_SUCCESS) failed");
            return false;
        }
        if (setting("usage error") != 0)
        {
            error(ErrorCode::kINTERNAL_ERROR, "API Usage Error (Parameter check failed: this configuration cannot be used)");
            return false;
        }
        return true;
    }

    bool buildable(MockNetwork const& network, MockConfig const& config)
    {
        for (auto const& node : network.graph.nodes)
        {
            if (setting(("lost:" + node.name).c_str()) != 0)
            {
                // The device fails for good: every later call of the driver says so.
                if (void* set = driverFunction("mock_set")) reinterpret_cast<void (*)(char const*, int64_t)>(set)("lost", 1);
                error(ErrorCode::kINTERNAL_ERROR, "CUDA error 700: an illegal memory access was encountered");
                return false;
            }
            if (fails(("memory:" + node.name).c_str()))
            {
                error(ErrorCode::kINTERNAL_ERROR, "Requested amount of GPU memory (34359738368 bytes) could not be allocated.");
                return false;
            }
            if ((config.flags & ~(1u << int(BuilderFlag::kTF32))) != 0 && fails(("breaks with options:" + node.name).c_str()))
            {
                error(ErrorCode::kINTERNAL_ERROR, "Could not find any implementation for node {" + node.name + "}");
                return false;
            }
            if (node.op == "BuildFails" || fails(("breaks:" + node.name).c_str()))
            {
                error(ErrorCode::kINTERNAL_ERROR, fails("silent") ? "something failed" : "Could not find any implementation for node {" + node.name + "}");
                return false;
            }
        }
        return true;
    }

    // Two nested phases, the inner one on a thread of its own; false where the caller cancels.
    bool report(MockConfig& config)
    {
        auto pause = [] { if (int64_t slow = setting("slow")) std::this_thread::sleep_for(std::chrono::milliseconds(slow / 3)); };
#ifndef NO_VBuilderConfig_setProgressMonitor
        IProgressMonitor* monitor = config.monitor;
        bool goOn = true;
        if (monitor == nullptr)
        {
            pause();
            return true;
        }
        monitor->phaseStart("Building", nullptr, 2);
        goOn = monitor->stepComplete("Building", 0);
        onThread([&] {
            monitor->phaseStart("Tactics", "Building", 3);
            for (int step = 0; step < 3 && goOn; step++)
            {
                pause();
                goOn = monitor->stepComplete("Tactics", step);
            }
            monitor->phaseFinish("Tactics");
        });
        goOn = goOn && monitor->stepComplete("Building", 1);
        monitor->phaseFinish("Building");
        return goOn;
#else
        (void) config;
        pause();
        return true;
#endif
    }

    ILogger* mLogger;
    IErrorRecorder* mRecorder = nullptr;
    int64_t mNetworks = 0;
    int64_t mConfigs = 0;
    std::vector<IOptimizationProfile*> mProfiles;
};

// ---- what the runtime side makes --------------------------------------------------------------------------------------------

struct Plan
{
    std::string name;
    Traits traits;
    Graph graph;
    std::vector<Profile> profiles;
};

// 8503 and 8601 are of one major release, as are 100001 and 101600; RTX counts by itself.
static int64_t majorOf(int64_t version)
{
    return version < 10000 ? version / 1000 : version / 10000;
}

// Empty where the text is an engine that loads here, else why not.
static std::string readEngine(std::string const& text, bool allowHostCode, Plan& plan)
{
    std::istringstream head(text.substr(0, text.find('\n')));
    std::string magic;
    int64_t version = 0;
    uint64_t sum = 0;
    head >> magic >> version >> sum;
    size_t start = text.find('\n');
    if (magic != "MOCK" || start == std::string::npos || checksum(text.substr(start + 1)) != sum)
        return "Serialization (Serialization assertion stdVersionRead == kSERIALIZATION_VERSION failed.)";
    std::istringstream in(text.substr(start + 1));
    size_t count = 0;
    in >> plan.name >> plan.traits.refittable >> plan.traits.versionCompatible >> plan.traits.excludesLean >> plan.traits.tf32 >> count;
    if (version != MOCK_VERSION && !(plan.traits.versionCompatible && majorOf(version) == majorOf(MOCK_VERSION) && version < MOCK_VERSION))
        return "Serialization (the engine is of version " + std::to_string(version) + ")";
    if (plan.traits.versionCompatible && !plan.traits.excludesLean && !allowHostCode)
        return "Serialization (a version compatible engine holds host code, which is not allowed)";
    if (plan.traits.excludesLean && version != MOCK_VERSION) return "Serialization (the engine has no lean runtime)";
    plan.graph.inputs.resize(count);
    for (auto& t : plan.graph.inputs) { in >> t.name >> t.type; t.shape = readShape(in); }
    in >> count;
    plan.graph.outputs.resize(count);
    for (auto& t : plan.graph.outputs) { in >> t.name >> t.type; t.shape = readShape(in); }
    in >> count;
    for (size_t i = 0; i < count; i++)
    {
        std::string key;
        in >> key;
        Constant& c = plan.graph.constants[key];
        c.shape = readShape(in);
        size_t values = 0;
        in >> values;
        c.data.resize(values);
        for (float& value : c.data)
        {
            uint32_t bits = 0;
            in >> bits;
            std::memcpy(&value, &bits, sizeof bits);
        }
    }
    in >> count;
    plan.graph.nodes.resize(count);
    for (auto& n : plan.graph.nodes)
    {
        size_t inputs = 0;
        in >> n.op >> n.axis >> n.type >> inputs;
        n.inputs.resize(inputs);
        for (auto& input : n.inputs) in >> input;
        n.outputs.resize(1);
        in >> n.outputs[0];
    }
    in >> count;
    plan.profiles.resize(count);
    for (auto& profile : plan.profiles)
    {
        size_t inputs = 0;
        in >> inputs;
        for (size_t i = 0; i < inputs; i++)
        {
            std::string key;
            in >> key;
            for (auto& shape : profile[key]) shape = readShape(in);
        }
    }
    return in ? "" : "Serialization (the engine ends too early)";
}

class MockInspector : public apiv::VEngineInspector, public Counted<MockInspector>
{
public:
    static constexpr char const* kName = "Inspector";
    explicit MockInspector(std::string text) : mText(std::move(text)) {}
    char const* getEngineInformation(LayerInformationFormat format) const noexcept override
    {
        expect(format == LayerInformationFormat::kJSON, "the inspector is not asked for JSON");
        return orNull("getEngineInformation", mText.c_str());
    }

private:
    std::string mText;
};

// 8.x: the first context that an engine ever has uses profile 0, others have to choose, and no two use the same at a time.
struct ProfileHolders
{
#if MOCK_VERSION < 10000
    bool given = false;
    std::map<int32_t, int> holders;
    bool takeFirst()
    {
        bool first = !given;
        given = true;
        if (first) holders[0]++;
        return first;
    }
    bool take(int32_t profile) { return holders[profile] == 0 && ++holders[profile] == 1; }
    void leave(int32_t profile) { holders[profile] -= profile >= 0; }
#else
    bool takeFirst() { return true; }
    bool take(int32_t) { return true; }
    void leave(int32_t) {}
#endif
};

static bool isHalf(int32_t type) { return type == 1 || type == 7; }

// A number in the precision of a type of floats: 11 digits of FP16 or 8 of BF16, to nearest, without the limits of their ranges.
static float rounded(float number, int32_t type)
{
    if (type == 0 || !std::isfinite(number)) return number;
    int exponent = 0, digits = type == 1 ? 11 : 8;
    float fraction = std::frexp(number, &exponent);
    return std::ldexp(std::nearbyint(std::ldexp(fraction, digits)), exponent - digits);
}

class MockContext : public apiv::VExecutionContext, public Counted<MockContext>
{
public:
    static constexpr char const* kName = "Context";
    MockContext(Plan const& plan, int64_t* living, bool ownMemory, IErrorRecorder* recorder, ProfileHolders* holders)
        : mPlan(plan), mLiving(living), mHasMemory(ownMemory), mRecorder(recorder), mHolders(holders)
    {
        ++*mLiving;
        mProfile = mHolders->takeFirst() ? 0 : -1;
        for (auto const& input : plan.graph.inputs)
        {
            bool dynamic = false;
            for (int64_t size : input.shape) dynamic = dynamic || size < 0;
            if (!dynamic) mShapes[input.name] = input.shape;
        }
    }
    ~MockContext() noexcept override
    {
        *mState = kEnded;
        mHolders->leave(mProfile);
        --*mLiving;
    }

    void setProfiler(IProfiler* profiler) noexcept override
    {
        changed();
        checkInterface(profiler, "IProfiler");
#if MOCK_VERSION >= 110000 || (MOCK_RTX && MOCK_VERSION >= 10500)
        CHECK_VERSIONED(profiler, "IProfiler");
#endif
        mProfiler = profiler;
    }
    void setDeviceMemory(void* memory) noexcept override
    {
        changed();
        mHasMemory = memory != nullptr;
    }
#ifndef NO_VExecutionContext_setDeviceMemoryV2
    void setDeviceMemoryV2(void* memory, int64_t size) noexcept override
    {
        changed();
        expect(size >= 4096, "setDeviceMemoryV2: too little");
        mHasMemory = memory != nullptr;
    }
#endif
    bool setOptimizationProfileAsync(int32_t profile, cudaStream_t stream) noexcept override
    {
        expect(stream != nullptr, "setOptimizationProfileAsync: no stream");
        changed();
        if (fails("setOptimizationProfileAsync") || profile < 0 || size_t(profile) >= mPlan.profiles.size()) return false;
        if (profile != mProfile && !mHolders->take(profile)) return error("another context uses the profile");
        if (profile != mProfile) mHolders->leave(mProfile);
        mProfile = profile;
        return true;
    }

    bool setInputShape(char const* tensorName, Dims const& dims) noexcept override
    {
        CHECK_ALIVE();
        changed();
        checkDims(dims, "setInputShape");
        checkTensor(tensorName, "setInputShape");
        if (fails("setInputShape")) return error("setInputShape was told to fail");
        if (mProfile < 0) return error("the context has no profile");
        auto const& profile = mPlan.profiles[size_t(mProfile)];
        auto entry = profile.find(tensorName);
        if (entry != profile.end())
        {
            auto const& low = entry->second[0];
            auto const& high = entry->second[2];
            if (size_t(dims.nbDims) != low.size()) return error("rank");
            for (size_t i = 0; i < low.size(); i++)
            {
                if (dims.d[i] < low[i] || dims.d[i] > high[i]) return error("Supplied dimensions are not inside the profile");
            }
        }
        mShapes[tensorName] = toShape(dims);
        return true;
    }

    Dims getTensorShape(char const* tensorName) const noexcept override
    {
        checkTensor(tensorName, "getTensorShape");
        if (fails("getTensorShape of a context")) return unknownDims();
        auto shapes = inferred();
        auto entry = shapes.find(tensorName);
        return entry == shapes.end() ? unknownDims() : toDims(entry->second);
    }

    bool setTensorAddress(char const* tensorName, void* data) noexcept override
    {
        CHECK_ALIVE();
        changed();
        checkTensor(tensorName, "setTensorAddress");
        if (fails("setTensorAddress")) return false;
        mAddresses[tensorName] = data;
        return true;
    }

    int32_t inferShapes(int32_t nbMaxNames, char const** tensorNames) noexcept override
    {
        int32_t missing = 0;
        for (auto const& input : mPlan.graph.inputs)
        {
            if (mShapes.count(input.name) == 0 && missing++ < nbMaxNames) tensorNames[missing - 1] = input.name.c_str();
        }
        if (missing == 0 && !sizesFit()) return -1;
        return missing;
    }

    bool setOutputAllocator(char const* tensorName, IOutputAllocator* allocator) noexcept override
    {
        changed();
        checkTensor(tensorName, "setOutputAllocator");
        if (fails("setOutputAllocator")) return false;
        if (allocator == nullptr)
        {
            mAllocators.erase(tensorName);
            return true;
        }
        checkInterface(allocator, "IOutputAllocator");
#if MOCK_VERSION < 10000
        expect(allocator->getInterfaceVersion() == 1, "IOutputAllocator has another version");
#else
        CHECK_VERSIONED(allocator, "IOutputAllocator");
#endif
        mAllocators[tensorName] = allocator;
        return true;
    }

    bool enqueueV3(cudaStream_t stream) noexcept override
    {
        CHECK_ALIVE();
        if (fails("enqueueV3")) return error("enqueueV3 was told to fail");
        if (stream == nullptr || !mHasMemory) return error("no stream or no device memory");
        for (auto const& input : mPlan.graph.inputs)
        {
            if (mShapes.count(input.name) == 0 || mAddresses.count(input.name) == 0) return error("input " + input.name + " has no shape or no address");
        }
        for (auto const& output : mPlan.graph.outputs)
        {
            if (mAddresses[output.name] == nullptr && mAllocators.count(output.name) == 0) return error("output " + output.name + " has no memory");
        }
        note("profile", mProfile);
        if (!mAllocators.empty())
        {
            // The size of an output is asked for while the run is started, so what it depends on has to be done by then.
            if (flushStream() != nullptr && isStream(stream)) flushStream()(stream);
            return run(mPlan, mShapes, mAddresses, sizesOnHost(), stream);
        }
        if (!sizesFit()) return error("the values of a shape tensor are outside of the profile");
        // What the run works on is settled now, sizes on the host too; what it computes when the stream comes to it.
        bool captured = isCapturing(stream);
        auto work = std::make_shared<std::function<void()>>([this, captured, state = mState, then = *mState, sizes = sizesOnHost(), shapes = mShapes, addresses = mAddresses, stream] {
            if (*state == kEnded) return complain("a context ended while a run of it was under way or recorded");
            // A CUDA graph goes by the state of its context, which may not be changed after it was captured.
            if (captured) expect(*state == then, "a graph is launched whose context was changed since");
            if (!run(mPlan, shapes, addresses, sizes, stream)) complain("a run failed after it was started");
        });
        if (pushWork() != nullptr && pushWork()(stream, [](void* it) { (*static_cast<std::function<void()>*>(it))(); }, work.get())) keep(work);
        else (*work)();
        return true;
    }

private:
    static constexpr int64_t kEnded = -1;

    void changed() { ++*mState; }

    void checkTensor(char const* name, char const* where) const
    {
        bool known = false;
        for (auto const* list : {&mPlan.graph.inputs, &mPlan.graph.outputs})
        {
            for (auto const& t : *list) known = known || (name != nullptr && t.name == name);
        }
        expect(known, std::string(where) + ": no tensor '" + (name == nullptr ? "null" : name) + "'");
    }

    // Work that a stream may come to later, or a graph again and again.
    static void keep(std::shared_ptr<std::function<void()>> work)
    {
        static std::mutex lock;
        static std::deque<std::shared_ptr<std::function<void()>>> all;
        std::lock_guard<std::mutex> guard(lock);
        all.push_back(std::move(work));
    }

    // What shape tensors hold now, by name; those whose address is not known yet are left out.
    std::map<std::string, std::vector<int64_t>> sizesOnHost() const
    {
        std::map<std::string, std::vector<int64_t>> sizes;
        for (auto const& input : mPlan.graph.inputs)
        {
            auto address = mAddresses.find(input.name);
            if (!isShapeTensor(mPlan.graph, input) || address == mAddresses.end() || address->second == nullptr) continue;
            for (int64_t i = 0; i < volume(input.shape); i++)
                sizes[input.name].push_back(input.type == 8 ? static_cast<int64_t*>(address->second)[i] : static_cast<int32_t*>(address->second)[i]);
        }
        return sizes;
    }

    bool sizesFit() const
    {
        if (mProfile < 0) return mPlan.profiles[0].empty();
        auto const& profile = mPlan.profiles[size_t(mProfile)];
        for (auto const& [name, values] : sizesOnHost())
        {
            auto range = profile.find("values:" + name);
            if (range == profile.end()) continue;
            for (size_t i = 0; i < values.size(); i++)
            {
                if (values[i] < range->second[0][i] || values[i] > range->second[2][i]) return false;
            }
        }
        return true;
    }

    bool error(std::string const& text)
    {
        if (mRecorder != nullptr) mRecorder->reportError(ErrorCode::kINVALID_VALUE, text.c_str());
        return false;
    }

    std::map<std::string, std::vector<int64_t>> inferred() const
    {
        auto shapes = mShapes;
        auto sizes = sizesOnHost();
        for (auto const& [name, constant] : mPlan.graph.constants) shapes[name] = constant.shape;
        for (auto const& node : mPlan.graph.nodes)
        {
            std::vector<std::vector<int64_t>> inputs;
            for (auto const& input : node.inputs)
            {
                auto entry = shapes.find(input);
                if (entry != shapes.end()) inputs.push_back(entry->second);
            }
            std::vector<int64_t> shape;
            if (inputs.size() != node.inputs.size()) continue;
            if (node.op == "Reshape")
            {
                auto known = sizes.find(node.inputs[1]);
                if (known == sizes.end()) shapes[node.outputs[0]] = std::vector<int64_t>(size_t(shapes[node.inputs[1]][0]), -1);
                else if (reshaped(inputs[0], known->second, shape)) shapes[node.outputs[0]] = shape;
            }
            else if (inferShape(node, inputs, shape)) shapes[node.outputs[0]] = shape;
        }
        return shapes;
    }

    // The mock driver's own streams do work later (cuda.cpp); it is asked for by the name that it is loaded under.
    static void* driver(char const* function) { return driverFunction(function); }
    static auto pushWork() -> bool (*)(void*, void (*)(void*), void*) { return reinterpret_cast<bool (*)(void*, void (*)(void*), void*)>(driver("mock_push")); }
    static auto flushStream() -> void (*)(void*) { return reinterpret_cast<void (*)(void*)>(driver("mock_flush")); }
    static bool isCapturing(void* stream)
    {
        auto captures = reinterpret_cast<bool (*)(void*)>(driver("mock_is_capturing"));
        return captures != nullptr && captures(stream);
    }
    static bool isStream(void* stream)
    {
        auto known = reinterpret_cast<bool (*)(void*)>(driver("mock_is_stream"));
        return known != nullptr && known(stream);
    }

    bool run(Plan const& plan, std::map<std::string, std::vector<int64_t>> const& shapes, std::map<std::string, void*> addresses,
        std::map<std::string, std::vector<int64_t>> const& sizes, cudaStream_t stream)
    {
        std::map<std::string, Constant> values(plan.graph.constants.begin(), plan.graph.constants.end());
        for (auto const& input : plan.graph.inputs)
        {
            auto const& shape = shapes.at(input.name);
            if (auto known = sizes.find(input.name); known != sizes.end())
            {
                values[input.name] = {shape, std::vector<float>(known->second.begin(), known->second.end())};
                continue;
            }
            std::vector<float> numbers(size_t(volume(shape)));
            for (size_t i = 0; i < numbers.size(); i++)
                numbers[i] = isHalf(input.type) ? ofHalf(static_cast<uint16_t const*>(addresses[input.name])[i], input.type == 7)
                    : static_cast<float const*>(addresses[input.name])[i];
            values[input.name] = {shape, numbers};
        }
        for (auto const& node : plan.graph.nodes)
        {
            std::vector<Constant> inputs;
            for (auto const& input : node.inputs) inputs.push_back(values[input]);
            values[node.outputs[0]] = compute(node, inputs);
            for (float& number : values[node.outputs[0]].data) number = rounded(number, node.type);
            // Rounds as TF32 does, or computes a node wrong: in all engines, in those that may round, or in 16 bits by so many thousandths.
            float factor = plan.traits.tf32 && node.op == "MatMul" && setting("rounds") != 0 ? 1.004f : 1;
            if (setting(("wrong:" + node.op).c_str()) != 0 || (plan.traits.tf32 && setting(("wrong with tf32:" + node.op).c_str()) != 0)) factor = 2;
            if (node.type != 0 && node.op != "Cast") factor += float(setting(("wrong in 16 bits:" + node.op).c_str())) / 1000;
            for (float& number : values[node.outputs[0]].data) number *= factor;
            std::string name = node.outputs[0];
            if (mProfiler != nullptr) onThread([&] { mProfiler->reportLayerTime(name.c_str(), 0.25f); });
        }
        bool fine = true;
        for (auto const& output : plan.graph.outputs) fine = write(output, values[output.name], addresses[output.name], stream) && fine;
        return fine;
    }

    bool write(TensorInfo const& output, Constant const& value, void* memory, cudaStream_t stream)
    {
        auto allocator = mAllocators.find(output.name);
        if (allocator != mAllocators.end())
        {
            uint64_t size = value.data.size() * (output.type == 8 ? sizeof(int64_t) : isHalf(output.type) ? sizeof(uint16_t) : sizeof(float));
#if MOCK_VERSION < 10000 || MOCK_VERSION == 100001
            (void) stream;
            memory = allocator->second->reallocateOutput(output.name.c_str(), memory, size, 256);
#else
            memory = allocator->second->reallocateOutputAsync(output.name.c_str(), memory, size, 256, stream);
#endif
            if (memory != nullptr) allocator->second->notifyShape(output.name.c_str(), toDims(value.shape));
        }
        if (memory == nullptr) return error("output " + output.name + " has no memory");
        for (size_t i = 0; i < value.data.size(); i++)
        {
            if (output.type == 8) static_cast<int64_t*>(memory)[i] = int64_t(value.data[i]);
            else if (output.type == 3) static_cast<int32_t*>(memory)[i] = int32_t(value.data[i]);
            else if (isHalf(output.type)) static_cast<uint16_t*>(memory)[i] = halfOf(value.data[i], output.type == 7);
            else static_cast<float*>(memory)[i] = value.data[i];
        }
        return true;
    }

    Plan const& mPlan;
    int64_t* mLiving;
    bool mHasMemory;
    IErrorRecorder* mRecorder;
    ProfileHolders* mHolders;
    IProfiler* mProfiler = nullptr;
    int32_t mProfile = 0;
    std::shared_ptr<int64_t> mState = std::make_shared<int64_t>(0); // counts changes
    std::map<std::string, std::vector<int64_t>> mShapes;
    std::map<std::string, void*> mAddresses;
    std::map<std::string, IOutputAllocator*> mAllocators;
};

class MockEngine : public apiv::VCudaEngine, public Counted<MockEngine>
{
public:
    static constexpr char const* kName = "Engine";
    MockEngine(Plan read, int64_t* living, IErrorRecorder* recorder) : plan(std::move(read)), mLiving(living), mRecorder(recorder) { ++*mLiving; }
    ~MockEngine() noexcept override
    {
        expect(mContexts == 0, "an engine ends before its contexts");
        --*mLiving;
    }

#if MOCK_VERSION < 10000
    IExecutionContext* createExecutionContext() noexcept override { return create(true); }
#else
    IExecutionContext* createExecutionContext(ExecutionContextAllocationStrategy strategy) noexcept override
    {
        expect(int(strategy) == 0 || int(strategy) == 2, "createExecutionContext: strategy " + std::to_string(int(strategy)));
        return create(int(strategy) == 0);
    }
#endif
#ifndef NO_VCudaEngine_createExecutionContextWithoutDeviceMemory
    IExecutionContext* createExecutionContextWithoutDeviceMemory() noexcept override { return create(false); }
    size_t getDeviceMemorySize() const noexcept override { return 4096; }
#endif
#ifndef NO_VCudaEngine_getDeviceMemorySizeV2
    int64_t getDeviceMemorySizeV2() const noexcept override { return 4096; }
#endif
    char const* getName() const noexcept override { return orNull("getName of an engine", plan.name.c_str()); }
    int32_t getNbOptimizationProfiles() const noexcept override { return int32_t(plan.profiles.size()); }
    IEngineInspector* createEngineInspector() const noexcept override
    {
        if (fails("createEngineInspector")) return nullptr;
        return new IEngineInspector(new MockInspector("{\"Layers\": [\"" + plan.graph.nodes[0].op + "\"]}"));
    }
    Dims getTensorShape(char const* name) const noexcept override { return find(name) == nullptr ? unknownDims() : toDims(find(name)->shape); }
    DataType getTensorDataType(char const* name) const noexcept override { return DataType(find(name)->type); }
    TensorLocation getTensorLocation(char const* name) const noexcept override
    {
        return find(name) != nullptr && isShapeTensor(plan.graph, *find(name)) ? TensorLocation::kHOST : TensorLocation::kDEVICE;
    }
    TensorIOMode getTensorIOMode(char const* name) const noexcept override
    {
        for (auto const& t : plan.graph.inputs)
        {
            if (t.name == name) return TensorIOMode::kINPUT;
        }
        return find(name) == nullptr ? TensorIOMode(0) : TensorIOMode::kOUTPUT;
    }
    char const* getTensorFormatDesc(char const* name) const noexcept override { return orNull("getTensorFormatDesc", find(name) == nullptr ? "" : "Row-major linear FP32 format"); }
    Dims getProfileShape(char const* name, int32_t profile, OptProfileSelector select) const noexcept override
    {
        expect(profile >= 0 && size_t(profile) < plan.profiles.size(), "getProfileShape: profile " + std::to_string(profile));
        checkEnum(select, 0, 2, "getProfileShape: selector");
        auto const& shapes = plan.profiles[size_t(profile)];
        auto entry = shapes.find(name);
        return entry == shapes.end() ? unknownDims() : toDims(entry->second[int(select)]);
    }
    int32_t getNbIOTensors() const noexcept override { return int32_t(plan.graph.inputs.size() + plan.graph.outputs.size()); }
    char const* getIOTensorName(int32_t index) const noexcept override
    {
        expect(index >= 0 && index < getNbIOTensors(), "getIOTensorName: index " + std::to_string(index));
        if (fails("getIOTensorName")) return nullptr;
        size_t i = size_t(index);
        size_t inputs = plan.graph.inputs.size();
        return i < inputs ? plan.graph.inputs[i].name.c_str() : plan.graph.outputs[i - inputs].name.c_str();
    }

    Plan plan;

private:
    IExecutionContext* create(bool ownMemory)
    {
        CHECK_ALIVE();
        if (fails("createExecutionContext")) return nullptr;
        return new IExecutionContext(new MockContext(plan, &mContexts, ownMemory, mRecorder, &mHolders));
    }

    TensorInfo const* find(std::string const& name) const
    {
        for (auto const* list : {&plan.graph.inputs, &plan.graph.outputs})
        {
            for (auto const& t : *list)
            {
                if (t.name == name) return &t;
            }
        }
        complain("the engine is asked for tensor '" + name + "'");
        return nullptr;
    }

    int64_t* mLiving;
    IErrorRecorder* mRecorder;
    int64_t mContexts = 0;
    ProfileHolders mHolders;
};

class MockRuntime : public apiv::VRuntime, public Counted<MockRuntime>
{
public:
    static constexpr char const* kName = "Runtime";
    explicit MockRuntime(ILogger* logger) : mLogger(logger) {}
    ~MockRuntime() noexcept override
    {
        expect(mEngines == 0, "a runtime ends before its engines");
        if (mRecorder != nullptr) mRecorder->decRefCount();
    }

#if MOCK_VERSION < 10000
    ICudaEngine* deserializeCudaEngine(void const* blob, std::size_t size, IPluginFactory* pluginFactory) noexcept override
    {
        expect(pluginFactory == nullptr, "deserializeCudaEngine: a plugin factory is given");
        return load(blob, size);
    }
#else
    ICudaEngine* deserializeCudaEngine(void const* blob, std::size_t size) noexcept override { return load(blob, size); }
#endif

    void setErrorRecorder(IErrorRecorder* recorder) noexcept override
    {
        mRecorder = recorder;
        recorder->incRefCount();
    }
#ifndef NO_VRuntime_setEngineHostCodeAllowed
    void setEngineHostCodeAllowed(bool allowed) noexcept override
    {
        CHECK_ALIVE();
        mAllowsHostCode = allowed;
        note("host code", allowed);
    }
#endif

private:
    bool mAllowsHostCode = false;
    ICudaEngine* load(void const* blob, size_t size)
    {
        CHECK_ALIVE();
        if (fails("deserializeCudaEngine")) return nullptr;
        Plan plan;
        std::string fault = readEngine(std::string(static_cast<char const*>(blob), size), mAllowsHostCode, plan);
        if (!fault.empty())
        {
            logMessage(mLogger, Severity::kERROR, fault.c_str());
            return nullptr;
        }
        for (auto const& node : plan.graph.nodes)
        {
            if (isKnown(node.op) || node.op == "Cast" || hasPlugin(node.op)) continue;
            logMessage(mLogger, Severity::kERROR, ("Cannot find plugin: " + node.op + ", version: 1").c_str());
            return nullptr;
        }
        for (auto const& node : plan.graph.nodes)
            if (setting(("load crashes:" + node.op).c_str()) != 0) commit(Fault::kCRASH);
        return new ICudaEngine(new MockEngine(std::move(plan), &mEngines, mRecorder));
    }

    ILogger* mLogger;
    IErrorRecorder* mRecorder = nullptr;
    int64_t mEngines = 0;
};

class MockRefitter : public apiv::VRefitter, public Counted<MockRefitter>
{
public:
    static constexpr char const* kName = "Refitter";
    explicit MockRefitter(MockEngine* engine) : mEngine(engine) {}
    ~MockRefitter() noexcept override { expect(parsers == 0, "a refitter ends before its parser"); }
    bool refitCudaEngine() noexcept override
    {
        if (fails("refitCudaEngine") || !mEngine->plan.traits.refittable) return false;
        mEngine->plan.graph.constants = graph.constants;
        return true;
    }
    Graph graph;
    int parsers = 0;

private:
    MockEngine* mEngine;
};

Graph* refittedGraph(IRefitter* refitter)
{
    return &static_cast<MockRefitter*>(refitter->mImpl)->graph;
}

void parserAttached(IRefitter* refitter, int delta)
{
    static_cast<MockRefitter*>(refitter->mImpl)->parsers += delta;
}

// ---- plugins -----------------------------------------------------------------------------------------------------------------

class MockRegistry final : public IPluginRegistry
{
public:
#ifndef NO_IPluginRegistry_loadLibrary
    PluginLibraryHandle loadLibrary(AsciiChar const* path) noexcept override
    {
        if (fails("loadLibrary")) return nullptr;
        void* handle = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
        if (handle == nullptr) return nullptr;
        using Get = Creator* const* (*)(int32_t&);
        auto get = reinterpret_cast<Get>(dlsym(handle, MOCK_VERSION < 100000 && !MOCK_RTX ? "getPluginCreators" : "getCreators"));
        if (get == nullptr) return nullptr;
        int32_t count = 0;
        Creator* const* creators = get(count);
        for (int32_t i = 0; i < count; i++) add(creators[i]);
        return handle;
    }
#endif
#ifndef NO_IPluginRegistry_getPluginCreatorList
    IPluginCreator* const* getPluginCreatorList(int32_t* const count) const noexcept override
    {
#if MOCK_VERSION >= 100000 || MOCK_RTX
        complain("getPluginCreatorList is called where getAllCreators is there");
        *count = 0;
        return nullptr;
#else
        *count = int32_t(mCreators.size());
        return mCreators.data();
#endif
    }
#endif
#ifndef NO_IPluginRegistry_getAllCreators
    IPluginCreatorInterface* const* getAllCreators(int32_t* const count) const noexcept override
    {
        *count = int32_t(mCreators.size());
        return mCreators.data();
    }
#endif
    // A plugin of the same name and version is not registered again.
    void add(Creator* creator)
    {
        std::lock_guard<std::mutex> guard(mLock);
#if MOCK_VERSION < 100000 && !MOCK_RTX
        std::string name = creator->getPluginName();
#else
        std::string name = static_cast<IPluginCreatorV3One*>(creator)->getPluginName();
#endif
        if (!mNames.insert(name).second) return;
        mCreators.push_back(creator);
    }
    bool has(std::string const& name)
    {
        std::lock_guard<std::mutex> guard(mLock);
        return mNames.count(name) != 0;
    }
    // Tests of one process share the library: each begins without plugins.
    void clear()
    {
        std::lock_guard<std::mutex> guard(mLock);
        mNames.clear();
        mCreators.clear();
    }

private:
    std::mutex mLock;
    std::set<std::string> mNames;
    std::vector<Creator*> mCreators;
};

static MockRegistry& registry()
{
    static MockRegistry instance;
    return instance;
}

__attribute__((visibility("default"))) void registerPlugin(Creator* creator);
void registerPlugin(Creator* creator) { registry().add(creator); }

bool hasPlugin(std::string const& name) { return registry().has(name); }

MOCK_EXPORT void mock_forget_plugins() { registry().clear(); }

MOCK_EXPORT IPluginRegistry* getPluginRegistry() { return &registry(); }

// ---- entry points -----------------------------------------------------------------------------------------------------------

// TensorRT keeps the first logger of the process; the binding must not give it another.
static bool acceptLogger(void* logger, int32_t version, char const* function)
{
    static void* first = logger;
    expect(logger != nullptr && logger == first, std::string(function) + ": a second logger");
    expect(version == MOCK_CLAIMS, std::string(function) + ": version " + std::to_string(version));
    auto* typed = static_cast<ILogger*>(logger);
    checkInterface(typed, "ILogger");
#if MOCK_VERSION >= 110000 || (MOCK_RTX && MOCK_VERSION >= 10500)
    CHECK_VERSIONED(typed, "ILogger");
#endif
    typed->log(Severity::kVERBOSE, function);
    logMessage(typed, Severity::kWARNING, "a warning from another thread, with an umlaut: \xc3\xa4");
    return !fails(function);
}

MOCK_EXPORT int32_t getInferLibVersion() { return MOCK_CLAIMS; }

MOCK_EXPORT void* createInferBuilder_INTERNAL(void* logger, int32_t version)
{
    // Real ones load their kernels, which takes seconds; some print to standard output; some end the process where a part is missing.
    if (int64_t slow = setting("constructor")) std::this_thread::sleep_for(std::chrono::milliseconds(slow));
    if (setting("noisy") != 0) std::printf("noise of the library\n"), std::fflush(stdout);
    if (setting("constructor aborts") != 0) commit(Fault::kABORT);
    if (setting("constructor hangs") != 0) commit(Fault::kHANG);
    return acceptLogger(logger, version, "createInferBuilder") ? new IBuilder(new MockBuilder(static_cast<ILogger*>(logger))) : nullptr;
}

MOCK_EXPORT void* createInferRuntime_INTERNAL(void* logger, int32_t version)
{
    return acceptLogger(logger, version, "createInferRuntime") ? new IRuntime(new MockRuntime(static_cast<ILogger*>(logger))) : nullptr;
}

MOCK_EXPORT void* createInferRefitter_INTERNAL(void* engine, void* logger, int32_t version)
{
    auto* mock = static_cast<MockEngine*>(static_cast<ICudaEngine*>(engine)->mImpl);
    expect(mock->alive(), "createInferRefitter: a dead engine");
    return acceptLogger(logger, version, "createInferRefitter") ? new IRefitter(new MockRefitter(mock)) : nullptr;
}
