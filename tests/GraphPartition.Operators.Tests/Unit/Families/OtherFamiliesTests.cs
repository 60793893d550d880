using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Operators.Tests.Support;
using Xunit;

namespace GraphPartition.Operators.Tests.Unit.Families;

public sealed class OtherFamiliesTests
{
    private static readonly long[] Two = [2, 2];

    [Theory]
    [InlineData("MatMul", "f32[2,3] f32[3,4]", "f32[2,4]")]
    [InlineData("MatMul", "f32[3] f32[3]", "f32[]")]
    [InlineData("MatMul", "f32[3] f32[b,3,4]", "f32[b,4]")]
    [InlineData("MatMul", "f32[b,2,3] f32[3]", "f32[b,2]")]
    [InlineData("MatMul", "f32[b,1,l,8] f32[h,8,l]", "f32[b,h,l,l]")]
    [InlineData("MatMul", "f32[0,3] f32[3,4]", "f32[0,4]")]
    [InlineData("MatMulInteger", "u8[2,3] i8[3,4]", "i32[2,4]")]
    [InlineData("Gemm", "f32[2,3] f32[3,4] f32[4]", "f32[2,4]")]
    [InlineData("Det", "f32[b,3,3]", "f32[b]")]
    public void Products(string op, string inputs, string output) => Assert.Equal(output, Inferred.Of(op, inputs));

    [Theory]
    [InlineData("ij,jk->ik", "f32[2,n] f32[n,4]", "f32[2,4]")]
    [InlineData("ij,jk", "f32[2,n] f32[n,4]", "f32[2,4]")]
    [InlineData("...ij,...jk->...ik", "f32[b,2,3] f32[3,4]", "f32[b,2,4]")]
    [InlineData("ii->i", "f32[3,3]", "f32[3]")]
    [InlineData("bij->", "f32[b,3,3]", "f32[]")]
    [InlineData("i,j->ij", "f32[2] f32[3,4]", "GP2005")]
    [InlineData("i->i", "f32[2] f32[3]", "GP2005")]
    public void Einsum_equations(string equation, string inputs, string output) =>
        Assert.Equal(output, Inferred.Of("Einsum", inputs, ("equation", equation)));

    [Fact]
    public void Transposed_products_and_contradictions()
    {
        Assert.Equal("f32[3,4]", Inferred.Of("Gemm", "f32[2,3] f32[4,2]", ("transA", 1), ("transB", 1)));
        Assert.Equal("f32[b,h,l,l]", Inferred.Of(new("com.microsoft", "FusedMatMul"), "f32[b,h,l,8] f32[b,h,l,8]", ("transB", 1)));
        Assert.Equal("GP2005", Inferred.Objections("MatMul", "f32[2,3] f32[4,5]"));
        Assert.Equal("GP2005", Inferred.Objections("MatMul", "f32[] f32[4,5]"));
        Assert.Equal("GP2005", Inferred.Objections("Gemm", "f32[2,3,4] f32[4,5]"));
    }

    [Fact]
    public void Normalization_keeps_the_shape_and_returns_its_statistics()
    {
        Assert.Equal("f16[b,l,8] f32[b,l,1] f32[b,l,1]", Inferred.Of("LayerNormalization", "f16[b,l,8] f16[8]", 3));
        Assert.Equal("f32[b,c,h,w]", Inferred.Of("BatchNormalization", "f32[b,c,h,w] f32[c] f32[c] f32[c] f32[c]"));
        Assert.Equal("GP2005", Inferred.Objections("BatchNormalization", "f32[b,3,h,w] f32[4] f32[3] f32[3] f32[3]"));
        Assert.Equal("f32[b] bool[b]", Inferred.Of("Dropout", "f32[b]", 2));
        Assert.Equal("f32[]", Inferred.Of("Softmax", "f32[]"));
        Assert.Equal("GP2006", Inferred.Objections("Softmax", "f32[2,3]", ("axis", 2)));
        Assert.Equal("f32[b,l,8] ? ? f32[b,l,8]".Replace("?", "f32[b,l,1]"),
            Inferred.Of(new("com.microsoft", "SkipLayerNormalization"), "f32[b,l,8] f32[b,l,8] f32[8]", 4));
    }

    [Fact]
    public void Resizing()
    {
        Assert.Equal("f32[1,3,16,20]", Inferred.Of("Resize", "f32[1,3,8,10] - f32[4]{1,1,2,2}"));
        Assert.Equal("f32[1,3,h*2,w*2]", Inferred.Of("Resize", "f32[1,3,h,w] - f32[4]{1,1,2,2}"));
        Assert.Equal("f32[1,3,7,9]", Inferred.Of("Resize", "f32[1,3,h,w] - - i64[4]{1,3,7,9}"));
        Assert.Equal("f32[1,3,7,9]", Inferred.Of("Resize", "f32[1,3,h,w] - - i64[2]{7,9}", ("axes", new long[] { 2, -1 })));
        Assert.Equal(
            "f32[1,3,7,14]", Inferred.Of("Resize", "f32[1,3,2,4] - - i64[2]{7,16}", ("axes", new long[] { 2, 3 }),
                ("keep_aspect_ratio_policy", "not_larger")));
        Assert.Equal("f32[1,3,?,?]", Inferred.Of("Resize", "f32[1,3,8,10] - f32[2]", ("axes", new long[] { 2, 3 })));
        Assert.Equal("f32[1,3,5,6]", Inferred.Of("GridSample", "f32[1,3,8,8] f32[1,5,6,2]"));
        Assert.Equal("f32[2,5,6,2]", Inferred.Of("AffineGrid", "f32[2,2,3] i64[4]{2,3,5,6}"));
    }

    [Fact]
    public void Recurrent_layers()
    {
        Assert.Equal("f32[t,1,b,5] f32[1,b,5] f32[1,b,5]",
            Inferred.Of("LSTM", "f32[t,b,3] f32[1,20,3] f32[1,20,5]", 3, ("hidden_size", 5)));
        Assert.Equal("f32[t,2,b,5] f32[2,b,5]", Inferred.Of(
            "GRU", "f32[t,b,3] f32[2,15,3] f32[2,15,5]", 2, ("hidden_size", 5), ("direction", "bidirectional")));
        Assert.Equal("f32[b,t,1,5]", Inferred.Of("RNN", "f32[b,t,3] f32[1,5,3] f32[1,5,5]", ("layout", 1), ("hidden_size", 5)));
        Assert.Equal("GP2005", Inferred.Objections("RNN", "f32[t,3] f32[1,5,3] f32[1,5,5]", ("hidden_size", 5)));
    }

    [Fact]
    public void Quantization_and_casts()
    {
        Assert.Equal("i8[n]", Inferred.Of("QuantizeLinear", "f32[n] f32[] i8[]"));
        Assert.Equal("u8[n]", Inferred.Of("QuantizeLinear", "f32[n] f32[]"));
        Assert.Equal("i4[n]", Inferred.Of("QuantizeLinear", "f32[n] f32[]", ("output_dtype", (long)ElementType.Int4)));
        Assert.Equal("f16[n]", Inferred.Of("DequantizeLinear", "i8[n] f16[]"));
        Assert.Equal("u8[n] f32[] u8[]", Inferred.Of("DynamicQuantizeLinear", "f32[n]", 3));
        Assert.Equal("f16[n]", Inferred.Of("Cast", "f32[n]", ("to", (long)ElementType.Float16)));
        Assert.Equal("i32[2]{1,-1}", Inferred.Of("Cast", "i64[2]{1,-1}", ("to", (long)ElementType.Int32)));
        Assert.Equal("bf16[n]", Inferred.Of("CastLike", "f32[n] bf16[]"));
        Assert.Equal("GP2004", Inferred.Objections("Cast", "f32[n]"));
    }

    [Fact]
    public void Sequences_and_optionals()
    {
        Assert.Equal("seq(f32[2,?])", Inferred.Of("SequenceConstruct", "f32[2,3] f32[2,4]"));
        Assert.Equal("seq(f16[*])", Inferred.Of("SequenceEmpty", "", ("dtype", (long)ElementType.Float16)));
        Assert.Equal("f32[2,?]", Inferred.Of("SequenceAt", "seq(f32[2,?]) i64[]"));
        Assert.Equal("i64[]", Inferred.Of("SequenceLength", "seq(f32[2])"));
        Assert.Equal("seq(f32[1,4])", Inferred.Of("SplitToSequence", "f32[3,4]"));
        Assert.Equal("seq(f32[4])", Inferred.Of("SplitToSequence", "f32[3,4]", ("keepdims", 0)));
        Assert.Equal("f32[$0,4]", Inferred.Of("ConcatFromSequence", "seq(f32[?,4])", ("axis", 0)));
        Assert.Equal("f32[2,$0]", Inferred.Of("ConcatFromSequence", "seq(f32[2])", ("axis", -1), ("new_axis", 1)));
        Assert.Equal("optional(f32[2])", Inferred.Of("Optional", "f32[2]"));
        Assert.Equal("f32[2]", Inferred.Of("OptionalGetElement", "optional(f32[2])"));
        Assert.Equal("bool[]", Inferred.Of("OptionalHasElement", "optional(f32[2])"));
    }

    [Fact]
    public void Signals_and_random_numbers()
    {
        Assert.Equal("f32[b,9,2]", Inferred.Of("DFT", "f32[b,16,1] - i64[]{1}", ("onesided", 1)));
        Assert.Equal("f32[1,n/2+1,2]", Inferred.Of("DFT", "f32[1,n,1]", ("onesided", 1)));
        Assert.Equal("f32[1,10,10,1]", Inferred.Of("DFT", "f32[1,6,10,2] - i64[]{1}", ("onesided", 1), ("inverse", 1)));
        Assert.Equal("f32[1,11,10,1]", Inferred.Of("DFT", "f32[1,6,10,2] i64[]{11} i64[]{1}", ("onesided", 1), ("inverse", 1)));
        Assert.Equal("f32[?,?,?,1]", Inferred.Of("DFT", "f32[1,6,10,2] - i64[]", ("onesided", 1), ("inverse", 1)));
        Assert.Equal("f32[1,15,9,2]", Inferred.Of("STFT", "f32[1,128,1] i64[]{8} f32[16]"));
        Assert.Equal("f32[8]", Inferred.Of("HannWindow", "i64[]{8}"));
        Assert.Equal("f32[2,3]", Inferred.Of("RandomNormal", "", ("shape", new long[] { 2, 3 })));
        Assert.Equal("f16[n]", Inferred.Of("RandomUniformLike", "f32[n]", ("dtype", (long)ElementType.Float16)));
        Assert.Equal("i32[b,4]", Inferred.Of("Multinomial", "f32[b,9]", ("sample_size", 4)));
    }

    [Fact]
    public void Attention_of_every_domain()
    {
        Assert.Equal("f32[b,h,l,8]", Inferred.Of("Attention", "f32[b,h,l,8] f32[b,h,k,8] f32[b,h,k,8]"));
        Assert.Equal("f32[b,l,32] f32[b,2,past+k,8] f32[b,2,past+k,8]".Replace("past+k", "k+past"), Inferred.Of("Attention",
            "f32[b,l,32] f32[b,k,16] f32[b,k,16] - f32[b,2,past,8] f32[b,2,past,8]", 3, ("q_num_heads", 4), ("kv_num_heads", 2)));
        Assert.Equal("f32[b,l,64]", Inferred.Of(new("com.microsoft", "Attention"), "f32[b,l,64] f32[64,192] f32[192]", ("num_heads", 4)));
        Assert.Equal(
            "f32[b,l,64]", Inferred.Of(new("com.microsoft", "MultiHeadAttention"), "f32[b,l,64] f32[b,k,64] f32[b,k,64]",
                ("num_heads", 4)));
        Assert.Equal(
            "f16[b,l,64]", Inferred.Of(new("com.microsoft", "MatMulNBits"), "f16[b,l,32] u8[64,1,16] f16[64]", ("K", 32), ("N", 64),
                ("bits", 4), ("block_size", 32)));
    }

    [Fact]
    public void An_integer_product_broadcasts_past_its_zero_points()
    {
        OpName product = new("com.microsoft", "MulInteger");
        Assert.Equal("i32[b,2,3]", Inferred.Of(product, "i8[b,2,3] i8[] i8[2,1] i8[]"));
        Assert.Equal("i32[3]", Inferred.Of(product, "u8[] - u8[3] -"));
        Assert.Equal("i32[0]", Inferred.Of(product, "u8[0] - u8[1]"));
        Assert.Equal("i32[*]", Inferred.Of(product, "u8[*] - u8[3]"));
        Assert.Equal("GP2005", Inferred.Objections(product, "i8[2] - i8[3]"));
    }

    [Fact]
    public void Bodies_give_the_results_of_control_flow()
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value c = builder.Input("c", IrType.Tensor(ElementType.Bool, Shape.Scalar)),
            x = builder.Input("x", IrType.Tensor(ElementType.Float32, new Shape("n", 4)));
        Node node = builder.Add("If", [c], ["a", "b"], AttributeMap.Of(("then_branch", Branch(x, 0)), ("else_branch", Branch(x, 1))));
        Assert.Equal("f32[n,4] f32[*]", string.Join(' ', node.Outputs.Select(o => o!.Type)));

        var body = new GraphBuilder(OperatorTable.Default, builder.Scope);
        body.Input("i", IrType.Tensor(ElementType.Int64, Shape.Scalar));
        Value go = body.Input("go", IrType.Tensor(ElementType.Bool, Shape.Scalar)),
            state = body.Input("s", IrType.Tensor(ElementType.Float32, new Shape("n", 4)));
        Value next = body.Op("Add", "next", [state, x]);
        Graph graph = body.Build(go, next, body.Op("ReduceSum", "sum", [next]));
        Node loop = builder.Add("Loop", [builder.Constant("m", TensorData.Scalar(ElementType.Int64, 3L)), c, x], ["v", "scan"],
            AttributeMap.Of(("body", graph)));
        Assert.Equal("f32[n,4]", loop.Outputs[0]!.Type.ToString());
        Assert.Equal(3, loop.Outputs[1]!.Shape!.Rank);
        Assert.Empty(builder.Scope.Diagnostics);

        Graph Branch(Value value, int which)
        {
            var branch = new GraphBuilder(OperatorTable.Default, builder.Scope);
            Value y = branch.Op("Relu", $"y{which}", [value]);
            return branch.Build(y, which == 0 ? y : branch.Op("Flatten", "f", [y], AttributeMap.Of(("axis", 0))) is var f
                ? branch.Op("Squeeze", "q", [f, branch.Constant("z", TensorData.Int64s(0))]) : y);
        }
    }

    [Fact]
    public void Windows_of_two() => Assert.Equal("f32[1,1,4,4]",
        Inferred.Of("Col2Im", "f32[1,4,4] i64[2]{4,4} i64[2]{2,2}", ("strides", Two)));
}
