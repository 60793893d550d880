// The mock's own model: a list of nodes over float tensors, read from ONNX bytes, kept as text in an engine, and interpreted.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

struct TensorInfo
{
    std::string name;
    int32_t type = 0; // nvinfer1::DataType
    std::vector<int64_t> shape;
};

struct Node
{
    std::string name;
    std::string op;
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
    int64_t axis = 1; // of the channels of a scale
    int32_t type = 0; // nvinfer1::DataType of the result, as far as it is a type of floats
};

struct Constant
{
    std::vector<int64_t> shape;
    std::vector<float> data;
    int32_t type = 0; // nvinfer1::DataType, -1 for one that the mock does not know
};

struct Graph
{
    std::vector<TensorInfo> inputs;
    std::vector<TensorInfo> outputs;
    std::vector<Node> nodes;
    std::map<std::string, Constant> constants;
};

// False where the bytes are no ONNX model that the mock can read.
bool readOnnx(void const* bytes, size_t size, Graph& graph);

// What the mock can compute, and what plugins add to it. The parser takes nothing else, and only over floats: it disagrees with most of
// the table.
bool isKnown(std::string const& op);

// QuantizeLinear or DequantizeLinear: of i8 with the zero point 0 and scales above 0, which are constants.
bool isQuantization(std::string const& op);

// Whether it is one of the types of floats that the mock computes with: 32 bits, and two of 16.
bool isFloat(int32_t type);

// The number with these bits of FP16 or BF16, and the bits of a number.
float ofHalf(uint16_t bits, bool isBrain);
uint16_t halfOf(float number, bool isBrain);

// The shape of a node's output from those of its inputs; -1 where only the data tell, no dimensions known where it is false.
bool inferShape(Node const& node, std::vector<std::vector<int64_t>> const& inputs, std::vector<int64_t>& shape);

// Whether an input holds sizes that a node goes by, and so lies on the host.
bool isShapeTensor(Graph const& graph, TensorInfo const& tensor);

// A Reshape's result: 0 keeps a size, -1 is what is left. False where the elements do not fit.
bool reshaped(std::vector<int64_t> const& from, std::vector<int64_t> const& sizes, std::vector<int64_t>& shape);

Constant compute(Node const& node, std::vector<Constant> const& inputs);
