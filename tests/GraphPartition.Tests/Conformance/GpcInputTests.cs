using System.Text.Json;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Operators;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary>Inputs that are given one by one, and inputs that are made up.</summary>
public sealed class GpcInputTests : GpcTest
{
    // An array of NumPy: np.save of [[1, 2, 3], [4, 5, 6]] as int64, in Fortran order.
    private static readonly byte[] FortranArray =
    [
        0x93, .. "NUMPY"u8, 1, 0, 62, 0, .. "{'descr': '<i8', 'fortran_order': True, 'shape': (2, 3), }   \n"u8,
        .. new long[] { 1, 4, 2, 5, 3, 6 }.SelectMany(BitConverter.GetBytes),
    ];

    [Fact]
    public void A_run_tells_what_was_made_up()
    {
        string model = Save(Lookup());
        JsonElement run = Json("run", model);
        Assert.Contains("ids i64[1,16] of", run.GetProperty("madeUp").EnumerateArray().Select(t => t.GetString()![..16]));
        Assert.Contains("made-up inputs: ", Ok("run", model).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("made-up inputs: ", Ok("run", Mixed).Output, StringComparison.Ordinal); // floats of a fixed shape
    }

    [Fact]
    public void Seeds_give_other_numbers_and_one_seed_the_same()
    {
        string model = Save(Lookup());
        string[] runs = [.. new[] { "1", "1", "2" }.Select(seed => Summary(Json("run", model, "--seed", seed)))];
        Assert.Equal(runs[0], runs[1]);
        Assert.NotEqual(runs[0], runs[2]);
    }

    [Fact]
    public void An_input_is_a_number_a_list_or_a_file()
    {
        string model = Save(Lookup()), npy = Folder.File("ids.npy"), pb = Folder.File("ids.pb");
        File.WriteAllBytes(npy, FortranArray);
        TestDataWriter.WriteValue(pb, new NamedValue("ids", TensorData.Of<long>(ElementType.Int64, [1, 2, 3, 4, 5, 6], 2, 3)));
        Assert.Equal(Summary(Json("run", model, "--input", $"ids={npy}")), Summary(Json("run", model, "--input", $"ids={pb}")));
        Assert.Equal(Summary(Json("run", model, "--input", "ids=3", "--dim", "length=4", "--input", "scale=2")),
            Summary(Json("run", model, "--input", "ids=3,3,3,3", "--input", "scale=2")));
        Assert.Contains("f32[1,4,2]", Json("run", model, "--input", "ids=0,1,2,3").ToString(), StringComparison.Ordinal);
        Assert.Empty(Json("run", model, "--input", "ids=[0, 1]", "--input", "scale=0.5").GetProperty("madeUp").EnumerateArray());
    }

    [Theory]
    [InlineData("GP3022", "the nearest name is ids", "--input", "idss=1")]
    [InlineData("GP3022", "takes NAME=VALUE", "--input", "ids")]
    [InlineData("GP3022", "'abc' is neither a number nor a file", "--input", "ids=abc")]
    [InlineData("GP3022", "whole numbers", "--input", "ids=0.5")]
    [InlineData("GP3022", "given twice", "--input", "ids=1", "--input", "ids=2")]
    [InlineData("GP1001", "does not exist", "--input", "ids=nothing.npy")]
    [InlineData("GP3023", "the nearest name is length", "--dim", "lenght=3")]
    [InlineData("GP3012", "given twice", "--dim", "length=3", "--dim", "length=4")]
    public void A_wrong_input_or_size_is_an_error(string code, string message, params string[] options)
    {
        string model = Save(Lookup());
        foreach (string[] command in new[] { new[] { "run", model }, ["bench", model], ["plan", model, "--observe"] })
            Assert.Contains(message, Refused(code, [.. command, .. options]).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_another_type_or_no_array_is_refused()
    {
        string model = Save(Lookup()), npy = Folder.File("ids.npy"), cut = Folder.File("cut.npy");
        File.WriteAllBytes(npy, [.. FortranArray.Select(b => b == (byte)'8' ? (byte)'4' : b)]);
        Refused("GP3022", "run", model, "--input", $"ids={npy}"); // half of the bytes are missing
        File.WriteAllBytes(cut, FortranArray[..^8]);
        Assert.Contains("40 bytes", Refused("GP3022", "run", model, "--input", $"ids={cut}").Errors, StringComparison.Ordinal);
        File.WriteAllText(cut, "no array");
        Assert.Contains("no NumPy array", Refused("GP3022", "run", model, "--input", $"ids={cut}").Errors, StringComparison.Ordinal);
        Assert.Contains("the input is f32", Refused("GP3022", "run", model, "--input", $"scale={Save8()}").Errors, StringComparison.Ordinal);

        string Save8()
        {
            string path = Folder.File("whole.npy");
            File.WriteAllBytes(path, FortranArray);
            return path;
        }
    }

    [Fact]
    public void If_nothing_works_the_message_tells_what_was_tried_and_what_to_give()
    {
        // The square of a size is 7: no size works.
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, new Shape("n")));
        Value all = builder.Op("NonZero", "all", [x]);
        Value square = builder.Op("MatMul", "square", [builder.Op("Transpose", "t", [all]), all]);
        Value y = builder.Op("Reshape", "y", [square, builder.Constant("seven", TensorData.Int64s(7))]);
        string model = Save(new Model(builder.Build(y)) { Opsets = OpsetVersions.Standard(18), FormatVersion = 8 });
        GpcProcess.Outcome outcome = Refused("GP5030", "run", model);
        foreach (string part in new[] { "made up x f32[", "ONNX Runtime: ", "--input NAME=VALUE", "--input-shapes", "--test-data" })
            Assert.Contains(part, outcome.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("plain ONNX Runtime", outcome.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--test-data", ".", "--dim", "n=1")]
    [InlineData("--test-data", ".", "--input", "x=1")]
    [InlineData("--test-data", ".", "--seed", "1")]
    public void Options_that_exclude_each_other_are_refused(params string[] options)
    {
        GpcProcess.Outcome outcome = GpcProcess.Run(["run", Mixed, .. options]);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains($"{options[2]} has no effect with --test-data", outcome.Errors, StringComparison.Ordinal);
    }

    /// <summary>A table of 7 rows that is looked up; 7 is no usual size, so an index of 7 or more fails.</summary>
    private static Model Lookup()
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value ids = builder.Input("ids", IrType.Tensor(ElementType.Int64, new Shape("batch", "length")));
        Value scale = builder.Input("scale", IrType.Tensor(ElementType.Float32, Shape.Of(1)));
        Value table = builder.Constant("table", TensorData.Floats([.. Enumerable.Range(0, 14).Select(i => i + 0.5f)], 7, 2));
        Value rows = builder.Op("Gather", "rows", [table, ids]);
        return new(builder.Build(builder.Op("Mul", "y", [rows, scale]))) { Opsets = OpsetVersions.Standard(18), FormatVersion = 8 };
    }

    private static string Summary(JsonElement run) => run.GetProperty("outputs")[0].GetProperty("summary").GetString()!;
}
