// Reads as much of an ONNX ModelProto as the mock needs (field numbers: onnx.proto).
#include "graph.h"
#include <cstring>

namespace
{
struct Reader
{
    uint8_t const* at;
    uint8_t const* end;
    bool good = true;

    uint64_t varint()
    {
        uint64_t value = 0;
        for (int shift = 0; at < end && shift < 64; shift += 7)
        {
            uint8_t byte = *at++;
            value |= uint64_t(byte & 0x7f) << shift;
            if ((byte & 0x80) == 0)
            {
                return value;
            }
        }
        good = false;
        return 0;
    }

    // Calls handle(field, contents) for length-delimited fields and number(field, value) for the others.
    template <typename Bytes, typename Number>
    void fields(Bytes handle, Number number)
    {
        while (good && at < end)
        {
            uint64_t key = varint();
            int field = int(key >> 3);
            switch (key & 7)
            {
            case 0: number(field, varint()); break;
            case 1: skip(8); break;
            case 5: skip(4); break;
            case 2:
            {
                uint64_t length = varint();
                if (length > uint64_t(end - at))
                {
                    good = false;
                    return;
                }
                Reader contents{at, at + length};
                at += length;
                handle(field, contents);
                good = good && contents.good;
                break;
            }
            default: good = false;
            }
        }
    }

    void skip(int bytes)
    {
        good = good && end - at >= bytes;
        at += good ? bytes : 0;
    }

    // An engine is text with spaces between names, so names have none.
    std::string text() const
    {
        std::string all(reinterpret_cast<char const*>(at), size_t(end - at));
        for (char& c : all) c = c == ' ' || c == '\n' ? '_' : c;
        return all;
    }
};

void none(int, uint64_t) {}

// TensorProto.DataType to nvinfer1::DataType: FLOAT 1 -> 0, INT32 6 -> 3, INT64 7 -> 8, BOOL 9 -> 4, FLOAT16 10 -> 1, BFLOAT16 16 -> 7.
int32_t typeOf(uint64_t onnx)
{
#if MOCK_VERSION < 10000
    if (onnx == 7) return 3; // 8.x has no 64-bit integers
#endif
    return onnx == 1 ? 0 : onnx == 6 ? 3 : onnx == 7 ? 8 : onnx == 9 ? 4 : onnx == 10 ? 1 : onnx == 16 ? 7 : -1;
}

TensorInfo readValueInfo(Reader& r)
{
    TensorInfo info;
    r.fields([&](int field, Reader& value) {
        if (field == 1) info.name = value.text();
        if (field != 2) return;
        value.fields([&](int, Reader& tensor) { // TypeProto.tensor_type
            tensor.fields([&](int part, Reader& shape) {
                if (part != 2) return;
                shape.fields([&](int, Reader& dim) {
                    int64_t size = -1;
                    dim.fields([](int, Reader&) {}, [&](int which, uint64_t number) { if (which == 1) size = int64_t(number); });
                    info.shape.push_back(size);
                }, none);
            }, [&](int part, uint64_t number) { if (part == 1) info.type = typeOf(number); });
        }, none);
    }, none);
    return info;
}

Node readNode(Reader& r)
{
    Node node;
    r.fields([&](int field, Reader& value) {
        if (field == 1) node.inputs.push_back(value.text());
        if (field == 2) node.outputs.push_back(value.text());
        if (field == 3) node.name = value.text();
        if (field == 4) node.op = value.text();
        if (field != 5) return;
        std::string attribute;
        value.fields([&](int part, Reader& name) { if (part == 1) attribute = name.text(); },
            [&](int part, uint64_t number) { 
                if (part == 3 && attribute == "axis") node.axis = int64_t(number);
                if (part == 3 && attribute == "to") node.type = typeOf(number);
            });
    }, none);
    return node;
}

void readInitializer(Reader& r, Graph& graph)
{
    std::string name;
    Constant constant;
    std::vector<int8_t> bytes;
    bool isInt8 = false;
    r.fields([&](int field, Reader& value) {
        if (field == 1)
        {
            while (value.good && value.at < value.end) constant.shape.push_back(int64_t(value.varint())); // packed dims
        }
        if (field == 8) name = value.text();
        if (field == 9 || field == 4) // raw_data, or float_data
        {
            constant.data.resize(size_t(value.end - value.at) / sizeof(float));
            std::memcpy(constant.data.data(), value.at, constant.data.size() * sizeof(float));
            bytes.assign(value.at, value.end);
        }
    }, [&](int field, uint64_t number) {
        if (field == 1) constant.shape.push_back(int64_t(number)); // dims one by one
        if (field == 2) constant.type = typeOf(number);
        if (field == 2) isInt8 = number == 3;
    });
    if (isInt8)
    {
        constant.type = 2;
        constant.data.assign(bytes.begin(), bytes.end());
    }
    if (constant.type == 1 || constant.type == 7)
    {
        constant.data.resize(bytes.size() / 2);
        for (size_t i = 0; i < constant.data.size(); i++)
        {
            uint16_t bits;
            std::memcpy(&bits, bytes.data() + 2 * i, sizeof bits);
            constant.data[i] = ofHalf(bits, constant.type == 7);
        }
    }
    if (isFloat(constant.type))
    {
        size_t count = 1;
        for (int64_t size : constant.shape) count *= size_t(size);
        if (constant.data.size() != count) constant.type = -1; // its data lie elsewhere
    }
    graph.constants[name] = constant;
}
}

bool readOnnx(void const* bytes, size_t size, Graph& graph)
{
    auto const* begin = static_cast<uint8_t const*>(bytes);
    Reader model{begin, begin + size};
    bool hasGraph = false;
    model.fields([&](int field, Reader& value) {
        if (field != 7) return;
        hasGraph = true;
        value.fields([&](int part, Reader& item) {
            if (part == 1) graph.nodes.push_back(readNode(item));
            if (part == 5) readInitializer(item, graph);
            if (part == 11) graph.inputs.push_back(readValueInfo(item));
            if (part == 12) graph.outputs.push_back(readValueInfo(item));
        }, none);
    }, none);
    std::map<std::string, int32_t> types;
    for (auto const& input : graph.inputs) types[input.name] = input.type;
    for (auto const& [name, constant] : graph.constants) types[name] = constant.type;
    for (auto& node : graph.nodes) // a result has the type of what comes in, and a Cast gives its own
    {
        if (node.op != "Cast") node.type = node.inputs.empty() || isQuantization(node.op) || !isFloat(types[node.inputs[0]]) ? 0 : types[node.inputs[0]];
        for (auto const& output : node.outputs) types[output] = node.type;
    }
    return model.good && hasGraph;
}
