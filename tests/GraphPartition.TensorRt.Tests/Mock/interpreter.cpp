// What the mock's engines compute: a few operators over floats, broadcast as ONNX says.
#include "graph.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>

namespace
{
using Unary = float (*)(float);
using Binary = float (*)(float, float);

std::map<std::string, Unary> const kUnary = {
    {"Identity", [](float x) { return x; }},
    {"Relu", [](float x) { return std::max(x, 0.0f); }},
    {"Neg", [](float x) { return -x; }},
    {"Abs", [](float x) { return std::fabs(x); }},
    {"Tanh", [](float x) { return std::tanh(x); }},
    {"Sigmoid", [](float x) { return 1 / (1 + std::exp(-x)); }},
    {"Exp", [](float x) { return std::exp(x); }},
    {"Sqrt", [](float x) { return std::sqrt(x); }},
    {"Erf", [](float x) { return std::erf(x); }},
    {"BuildFails", [](float x) { return x; }},
    {"Frobnicate", [](float x) { return 2 * x + 1; }}, // what the plugin of plugin.cpp computes
};

std::map<std::string, Binary> const kBinary = {
    {"Add", [](float a, float b) { return a + b; }},
    {"Sub", [](float a, float b) { return a - b; }},
    {"Mul", [](float a, float b) { return a * b; }},
    {"Div", [](float a, float b) { return a / b; }},
    {"Max", [](float a, float b) { return std::max(a, b); }},
    {"Min", [](float a, float b) { return std::min(a, b); }},
};

int64_t volume(std::vector<int64_t> const& shape)
{
    int64_t product = 1;
    for (int64_t size : shape) product *= size;
    return product;
}

bool broadcast(std::vector<int64_t> a, std::vector<int64_t> b, std::vector<int64_t>& shape)
{
    if (a.size() < b.size()) std::swap(a, b);
    b.insert(b.begin(), a.size() - b.size(), 1);
    for (size_t i = 0; i < a.size(); i++)
    {
        if (a[i] != b[i] && a[i] != 1 && b[i] != 1) return false;
        a[i] = a[i] == 1 ? b[i] : a[i];
    }
    shape = a;
    return true;
}

// The place in a tensor of some shape that is broadcast to the place `index` of another.
size_t source(std::vector<int64_t> const& shape, std::vector<int64_t> const& to, size_t index)
{
    size_t place = 0, stride = 1;
    for (size_t d = 0; d < to.size(); d++)
    {
        size_t axis = to.size() - 1 - d, at = index % size_t(to[axis]);
        index /= size_t(to[axis]);
        if (d >= shape.size()) continue;
        size_t size = size_t(shape[shape.size() - 1 - d]);
        place += size == 1 ? 0 : at * stride;
        stride *= size;
    }
    return place;
}

Constant matMul(Constant const& a, Constant const& b, std::vector<int64_t> const& shape)
{
    size_t rows = size_t(a.shape[a.shape.size() - 2]), inner = size_t(a.shape.back()), columns = size_t(b.shape.back());
    Constant result{shape, std::vector<float>(size_t(volume(shape)))};
    std::vector<int64_t> batch(shape.begin(), shape.end() - 2), aBatch(a.shape.begin(), a.shape.end() - 2), bBatch(b.shape.begin(), b.shape.end() - 2);
    for (size_t n = 0; n < size_t(volume(batch)); n++)
    {
        float const* left = a.data.data() + source(aBatch, batch, n) * rows * inner;
        float const* right = b.data.data() + source(bBatch, batch, n) * inner * columns;
        for (size_t i = 0; i < rows; i++)
        {
            for (size_t j = 0; j < columns; j++)
            {
                double sum = 0;
                for (size_t k = 0; k < inner; k++) sum += double(left[i * inner + k]) * right[k * columns + j];
                result.data[(n * rows + i) * columns + j] = float(sum);
            }
        }
    }
    return result;
}

// Indices of elements that are not zero, one row per dimension.
Constant nonZero(Constant const& a)
{
    std::vector<std::vector<float>> rows(a.shape.size());
    for (size_t i = 0; i < a.data.size(); i++)
    {
        if (a.data[i] == 0) continue;
        size_t rest = i;
        for (size_t d = a.shape.size(); d-- > 0;)
        {
            rows[d].push_back(float(rest % size_t(a.shape[d])));
            rest /= size_t(a.shape[d]);
        }
    }
    Constant result{{int64_t(a.shape.size()), rows.empty() ? 0 : int64_t(rows[0].size())}, {}};
    for (auto const& row : rows) result.data.insert(result.data.end(), row.begin(), row.end());
    return result;
}
}

// Q(x) = saturate(round(x / s)), DQ(q) = q s, with one scale or one for each place of an axis. The zero point is 0.
static Constant quantized(Node const& node, std::vector<Constant> const& inputs)
{
    Constant result = inputs[0];
    std::vector<int64_t> const& shape = result.shape;
    size_t axis = size_t(node.axis < 0 ? node.axis + int64_t(shape.size()) : node.axis), inner = 1;
    for (size_t d = axis + 1; d < shape.size(); d++) inner *= size_t(shape[d]);
    for (size_t i = 0; i < result.data.size(); i++)
    {
        float scale = inputs[1].data[inputs[1].data.size() == 1 ? 0 : i / inner % size_t(shape[axis])];
        float& x = result.data[i];
        x = node.op == "DequantizeLinear" ? x * scale : std::min(127.0f, std::max(-128.0f, std::nearbyint(x / scale)));
    }
    return result;
}

bool isShapeTensor(Graph const& graph, TensorInfo const& tensor)
{
    for (auto const& node : graph.nodes)
    {
        if (node.op == "Reshape" && node.inputs.size() == 2 && node.inputs[1] == tensor.name) return true;
    }
    return false;
}

bool reshaped(std::vector<int64_t> const& from, std::vector<int64_t> const& sizes, std::vector<int64_t>& shape)
{
    shape = sizes;
    int64_t known = 1;
    for (size_t i = 0; i < shape.size(); i++)
    {
        if (shape[i] == 0 && i < from.size()) shape[i] = from[i];
        if (shape[i] >= 0) known *= shape[i];
    }
    for (int64_t& size : shape)
    {
        if (size < 0) size = known == 0 ? 0 : volume(from) / known;
    }
    return volume(shape) == volume(from);
}

float ofHalf(uint16_t bits, bool isBrain)
{
    if (isBrain)
    {
        uint32_t wide = uint32_t(bits) << 16;
        float number;
        std::memcpy(&number, &wide, sizeof number);
        return number;
    }
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    float size = exponent == 31 ? (fraction == 0 ? INFINITY : NAN)
        : std::ldexp(float(exponent == 0 ? fraction : fraction + 1024), std::max(exponent, 1) - 25);
    return (bits & 0x8000) != 0 ? -size : size;
}

// To nearest, ties to even; what is too large is infinite.
uint16_t halfOf(float number, bool isBrain)
{
    uint32_t wide;
    std::memcpy(&wide, &number, sizeof wide);
    if (isBrain) return uint16_t(std::isnan(number) ? 0x7fc0 : (wide + 0x7fff + (wide >> 16 & 1)) >> 16);
    uint16_t sign = uint16_t(wide >> 16 & 0x8000);
    if (std::isnan(number)) return sign | 0x7e00;
    float size = std::fabs(number);
    int exponent = 0;
    std::frexp(size, &exponent);
    float step = std::ldexp(1.0f, std::max(exponent - 11, -24)); // of the numbers around it
    size = std::nearbyint(size / step) * step;
    if (size > 65504) return sign | 0x7c00;
    if (size < std::ldexp(1.0f, -14)) return sign | uint16_t(std::ldexp(size, 24));
    float fraction = std::frexp(size, &exponent);
    return sign | uint16_t((exponent + 14) << 10) | uint16_t(std::ldexp(fraction, 11) - 1024);
}

bool isFloat(int32_t type) { return type == 0 || type == 1 || type == 7; }

bool isQuantization(std::string const& op) { return op == "QuantizeLinear" || op == "DequantizeLinear"; }

bool isKnown(std::string const& op)
{
    if (op == "Frobnicate") return false; // only as a plugin
    return op == "Reshape" || kUnary.count(op) != 0 || kBinary.count(op) != 0 || op == "MatMul" || op == "NonZero" || isQuantization(op);
}

bool inferShape(Node const& node, std::vector<std::vector<int64_t>> const& inputs, std::vector<int64_t>& shape)
{
    if (node.op == "Reshape") return false; // sizes tell, and not the shapes of what holds them
    if (node.op == "NonZero")
    {
        shape = {int64_t(inputs[0].size()), -1};
        return true;
    }
    if (node.op == "MatMul")
    {
        auto a = inputs[0], b = inputs[1];
        if (a.size() < 2 || b.size() < 2) return false;
        std::vector<int64_t> batch;
        if (!broadcast({a.begin(), a.end() - 2}, {b.begin(), b.end() - 2}, batch)) return false;
        shape = batch;
        shape.push_back(a[a.size() - 2]);
        shape.push_back(b.back());
        return true;
    }
    shape = inputs[0];
    if (isQuantization(node.op) || node.op == "Cast") return true;
    for (size_t i = 1; i < inputs.size(); i++)
    {
        if (!broadcast(shape, inputs[i], shape)) return false;
    }
    return true;
}

Constant compute(Node const& node, std::vector<Constant> const& inputs)
{
    if (node.op == "NonZero") return nonZero(inputs[0]);
    std::vector<std::vector<int64_t>> shapes;
    for (auto const& input : inputs) shapes.push_back(input.shape);
    std::vector<int64_t> shape;
    if (node.op == "Reshape")
    {
        reshaped(shapes[0], {inputs[1].data.begin(), inputs[1].data.end()}, shape);
        return {shape, inputs[0].data};
    }
    inferShape(node, shapes, shape);
    if (isQuantization(node.op)) return quantized(node, inputs);
    if (node.op == "MatMul") return matMul(inputs[0], inputs[1], shape);
    if (node.op == "Cast") return inputs[0];
    Constant result = inputs[0];
    if (auto unary = kUnary.find(node.op); unary != kUnary.end())
    {
        for (float& value : result.data) value = unary->second(value);
        return result;
    }
    Binary binary = kBinary.at(node.op);
    for (size_t i = 1; i < inputs.size(); i++) // Max and Min take any number
    {
        Constant next;
        broadcast(result.shape, inputs[i].shape, next.shape);
        next.data.resize(size_t(volume(next.shape)));
        for (size_t n = 0; n < next.data.size(); n++)
        {
            next.data[n] = binary(result.data[source(result.shape, next.shape, n)], inputs[i].data[source(inputs[i].shape, next.shape, n)]);
        }
        result = next;
    }
    return result;
}
