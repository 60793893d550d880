// A stand-in for libnvonnxparser. Its classes have no hidden implementation: the virtual table is the object's own.
#include "faults.h"
#include "objects.h"
#include <set>

using namespace nvonnxparser;
using nvinfer1::INetworkDefinition;
using nvinfer1::IRefitter;

namespace
{
class MockError : public IParserError
{
public:
    MockError(int index, Node const& node, std::string desc) : mIndex(index), mNode(node), mDesc(std::move(desc)) {}
    ErrorCode code() const override { return ErrorCode::kUNSUPPORTED_NODE; }
    char const* desc() const override { return text(mDesc.c_str()); }
    char const* file() const override { return text("importer.cpp"); }
    int line() const override { return 42; }
    char const* func() const override { return text("importNode"); }
    int node() const override { return mIndex; }
#ifndef NO_IParserError_nodeName
    char const* nodeName() const override { return text(mNode.name.c_str()); }
    char const* nodeOperator() const override { return text(mNode.op.c_str()); }
#endif

private:
    static char const* text(char const* known) { return fails("text of an error") ? nullptr : known; }

    int mIndex;
    Node mNode;
    std::string mDesc;
};

bool isGiven(Graph const& graph, std::string const& name)
{
    for (auto const& input : graph.inputs)
    {
        if (input.name == name) return true;
    }
    return false;
}

// What the real parser checks of QuantizeLinear and DequantizeLinear.
std::string quantizationFault(Graph const& graph, Node const& node, std::map<std::string, int32_t>& types)
{
    bool quantizes = node.op == "QuantizeLinear";
    if (types.count(node.inputs[0]) != 0 && types[node.inputs[0]] != (quantizes ? 0 : 2)) return "Assertion failed: data of type " + std::to_string(types[node.inputs[0]]);
    auto scale = graph.constants.find(node.inputs[1]);
    if (scale == graph.constants.end() || scale->second.type != 0) return "Assertion failed: the scale is no constant of floats";
    for (float s : scale->second.data) if (!(s > 0)) return "Assertion failed: a scale is not above 0";
    if (node.inputs.size() < 3) return "";
    auto zero = graph.constants.find(node.inputs[2]);
    if (zero == graph.constants.end() || zero->second.type != 2) return "Assertion failed: the zero point is no constant of int8";
    for (float z : zero->second.data) if (z != 0) return "Assertion failed: TRT only supports symmetric quantization - zeroPt must be all zeros";
    return "";
}

// For each node what the parser has against it. Types come from inputs and constants; a node gives what it takes.
std::vector<std::string> faultsOf(Graph const& graph)
{
    std::map<std::string, int32_t> types;
    for (auto const& input : graph.inputs) types[input.name] = input.type;
    for (auto const& [name, constant] : graph.constants) types[name] = constant.type;
    std::vector<std::string> faults;
    for (auto const& node : graph.nodes)
    {
        std::string fault;
        int32_t given = node.inputs.empty() || types.count(node.inputs[0]) == 0 ? 0 : types[node.inputs[0]];
        if (node.op == "Cast" && isFloat(given) && isFloat(node.type) && !fails("unsupported:Cast"))
        {
            faults.push_back("");
            for (auto const& output : node.outputs) types[output] = node.type;
            continue;
        }
        if (!isFloat(given)) given = 0;
        if (!(isKnown(node.op) || hasPlugin(node.op)) || fails(("unsupported:" + node.op).c_str()) || fails(("unsupported name:" + node.name).c_str())) fault = "No importer registered for op: " + node.op;
        if (isQuantization(node.op) && fault.empty())
        {
            faults.push_back(fault = quantizationFault(graph, node, types));
            for (auto const& output : node.outputs) types[output] = !fault.empty() ? -1 : node.op == "QuantizeLinear" ? 2 : 0;
            continue;
        }
        for (auto const& input : node.inputs)
        {
            if (node.op == "Reshape" && &input == &node.inputs[1] && isGiven(graph, input)) continue; // sizes that are fed
            if (types.count(input) != 0 && types[input] != given && fault.empty()) fault = "Assertion failed: only floats of one type are taken, not data type " + std::to_string(types[input]);
        }
        faults.push_back(fault);
        // Not all that it takes by itself is known, but what other types come out of is.
        static std::set<std::string> const kOther{"Shape", "Size", "Cast", "ArgMax", "ArgMin", "Equal", "Greater", "Less", "Not", "And", "Or", "TopK"};
        int32_t first = node.inputs.empty() || types.count(node.inputs[0]) == 0 ? -1 : types[node.inputs[0]];
        for (auto const& output : node.outputs) types[output] = fault.empty() ? given : kOther.count(node.op) != 0 ? -1 : first;
    }
    return faults;
}

// As RTX refuses ScatterElements with a reduction: the error has no node, and nothing is listed as supported.
bool refusedWithoutName(Graph const& graph)
{
    bool refused = false;
    for (auto const& node : graph.nodes) refused = refused || fails(("anonymous:" + node.op).c_str()) || fails(("anonymous name:" + node.name).c_str());
    return refused;
}

// Runs of neighbours that are judged alike, as the parser reports them.
std::vector<std::pair<std::vector<size_t>, bool>> judge(Graph const& graph, bool anonymous)
{
    std::vector<std::pair<std::vector<size_t>, bool>> runs;
    std::vector<std::string> faults = faultsOf(graph);
    for (size_t i = 0; i < graph.nodes.size(); i++)
    {
        bool known = faults[i].empty() && !anonymous;
        if (runs.empty() || runs.back().second != known) runs.push_back({{}, known});
        runs.back().first.push_back(i);
    }
    return runs;
}
}

class MockParser final : public IParser, public Counted<MockParser>
{
public:
    static constexpr char const* kName = "Parser";
    explicit MockParser(INetworkDefinition* network) : mNetwork(network) { parserAttached(network, 1); }
    ~MockParser() noexcept override { parserAttached(mNetwork, -1); }

    bool parse(void const* bytes, size_t size, char const* path) noexcept override
    {
        CHECK_ALIVE();
        expect(bytes != nullptr && size != 0, "parse: no model");
        note("model path length", path == nullptr ? -1 : int64_t(std::string(path).size()));
        if (fails("parse")) return false;
        Graph graph;
        if (!read(bytes, size, graph)) return false;
        *graphOf(mNetwork) = graph;
        return mErrors.empty();
    }

#ifndef NO_IParser_supportsModel
    bool supportsModel(void const* bytes, size_t size, SubGraphCollection_t& collection, char const*) noexcept override
    {
        CHECK_ALIVE();
#ifndef NO_IParser_supportsModelV2
        complain("supportsModel is called where supportsModelV2 is there");
#endif
        Graph graph;
        read(bytes, size, graph);
        collection = judge(graph, mAnonymous);
        return mErrors.empty();
    }
#endif

#ifndef NO_IParser_supportsModelV2
    bool supportsModelV2(void const* bytes, size_t size, char const*) noexcept override
    {
        CHECK_ALIVE();
        Graph graph;
        read(bytes, size, graph);
        mRuns.clear();
        for (auto const& [nodes, known] : judge(graph, mAnonymous)) mRuns.push_back({std::vector<int64_t>(nodes.begin(), nodes.end()), known});
        return mErrors.empty();
    }
    int64_t getNbSubgraphs() noexcept override { return int64_t(mRuns.size()); }
    bool isSubgraphSupported(int64_t const index) noexcept override { checkIndex(index, mRuns.size(), "isSubgraphSupported"); return mRuns[size_t(index)].second; }
    int64_t* getSubgraphNodes(int64_t const index, int64_t& length) noexcept override
    {
        checkIndex(index, mRuns.size(), "getSubgraphNodes");
        length = int64_t(mRuns[size_t(index)].first.size());
        if (fails("getSubgraphNodes")) return nullptr;
        return mRuns[size_t(index)].first.data();
    }
#endif

    int getNbErrors() const noexcept override { return int(mErrors.size()); }
    IParserError const* getError(int index) const noexcept override { checkIndex(index, mErrors.size(), "getError"); return fails("getError") ? nullptr : &mErrors[size_t(index)]; }
    void clearErrors() noexcept override { mErrors.clear(); }

private:
    static void checkIndex(int64_t index, size_t count, char const* where)
    {
        expect(index >= 0 && size_t(index) < count, std::string(where) + ": index " + std::to_string(index));
    }

    bool read(void const* bytes, size_t size, Graph& graph)
    {
        if (!readOnnx(bytes, size, graph))
        {
            mErrors.emplace_back(-1, Node{}, "Failed to parse the ONNX model");
            return false;
        }
        misbehave(graph, "parser ");
        std::vector<std::string> faults = faultsOf(graph);
        mAnonymous = refusedWithoutName(graph);
        if (mAnonymous) mErrors.emplace_back(-1, Node{}, "Unsupported reduction type");
        for (size_t i = 0; i < graph.nodes.size(); i++)
        {
            if (!faults[i].empty()) mErrors.emplace_back(int(i), graph.nodes[i], faults[i]);
        }
        return true;
    }

    INetworkDefinition* mNetwork;
    std::vector<MockError> mErrors;
    bool mAnonymous = false;
    std::vector<std::pair<std::vector<int64_t>, bool>> mRuns;
};

MOCK_EXPORT void* createNvOnnxParser_INTERNAL(void* network, void* logger, int version)
{
    expect(logger != nullptr && version == 100, "createNvOnnxParser: version " + std::to_string(version));
    return fails("createNvOnnxParser") ? nullptr : static_cast<IParser*>(new MockParser(static_cast<INetworkDefinition*>(network)));
}

MOCK_EXPORT int getNvOnnxParserVersion() { return 100; }

#ifndef NO_IParserRefitter_refitFromBytes
class MockParserRefitter final : public IParserRefitter, public Counted<MockParserRefitter>
{
public:
    static constexpr char const* kName = "ParserRefitter";
    explicit MockParserRefitter(IRefitter* refitter) : mRefitter(refitter) { parserAttached(refitter, 1); }
    ~MockParserRefitter() noexcept override { parserAttached(mRefitter, -1); }
    bool refitFromBytes(void const* bytes, size_t size, char const*) noexcept override
    {
        CHECK_ALIVE();
        return !fails("refitFromBytes") && readOnnx(bytes, size, *refittedGraph(mRefitter));
    }

private:
    IRefitter* mRefitter;
};

MOCK_EXPORT void* createNvOnnxParserRefitter_INTERNAL(void* refitter, void* logger, int version)
{
    expect(logger != nullptr && version == 100, "createNvOnnxParserRefitter: version " + std::to_string(version));
    return fails("createNvOnnxParserRefitter") ? nullptr : static_cast<IParserRefitter*>(new MockParserRefitter(static_cast<IRefitter*>(refitter)));
}
#endif
