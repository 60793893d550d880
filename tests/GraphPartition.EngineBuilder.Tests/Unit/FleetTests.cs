using GraphPartition.CompiledModels;
using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Options;
using GraphPartition.TensorRt.Build;
using Xunit;

namespace GraphPartition.EngineBuilder.Tests.Unit;

/// <summary>One file for several machines; and files that somebody tampered with.</summary>
public sealed class FleetTests
{
    private static readonly Model Model = Graphs.Chain(Shape.Of(2, 3), "Add w", "Relu", "Softmax", "Mul w");

    private static Dictionary<string, DataValue> Input => new() { ["x"] = Graphs.Floats(2, 3) };

    [MockFact]
    public void One_file_serves_machines_of_other_releases_and_GPUs()
    {
        CompiledModel compiled = new EngineLab("trt10_16").Compile(Model).Compiled;
        foreach (EngineLab lab in new[] { new EngineLab("trt8_5_3"), new EngineLab("trt10_16", ordinal: 1) })
        {
            lab.Run(compiled, Input); // the engine does not fit; the run works all the same, with one warning
            Diagnostic warning = Assert.Single(lab.Warnings);
            Assert.Equal("GP4021", warning.Code.Id);
            Assert.Contains("2 of 2 groups", warning.Where, StringComparison.Ordinal);
            (compiled, BuildReport report) = new EngineCompiler(lab.Machine, new EngineOptions()).Add(compiled);
            Assert.All(report.Groups, g => Assert.Equal("built", g.Source));
            lab.AssertClean();
        }
        Assert.All(compiled.Cut.Groups, g => Assert.Equal(3, g.Engines.Length));
        DataValue[] expected = TestRun.RunPlain(OnnxWriter.ToBytes(Model), Input);
        foreach (EngineLab lab in new[] { new EngineLab("trt8_5_3"), new EngineLab("trt10_16"), new EngineLab("trt10_16", ordinal: 1) })
        {
            Assert.Null(TestRun.Difference(expected, lab.Run(compiled, Input, EngineMode.Required)));
            Assert.Empty(lab.Warnings);
        }
        // Adding once more replaces.
        Assert.All(new EngineCompiler(new EngineLab("trt8_5_3").Machine, new EngineOptions()).Add(compiled).Compiled.Cut.Groups,
            g => Assert.Equal(3, g.Engines.Length));
    }

    [MockFact]
    public void An_engine_that_does_not_load_leaves_its_group_to_the_fallback()
    {
        EngineLab lab = new();
        CompiledModel compiled = lab.Compile(Model).Compiled;
        EngineBlob good = compiled.Cut.Groups[0].Engines[0],
            wrong = EngineBlob.Embed(good.Target, "no engine"u8.ToArray()) with { Content = good.Content };
        CompiledModel broken = compiled with
        {
            Cut =
            compiled.Cut with { Groups = [compiled.Cut.Groups[0] with { Engines = [wrong] }, compiled.Cut.Groups[1]] }
        };
        Assert.Null(TestRun.Difference(TestRun.RunPlain(OnnxWriter.ToBytes(Model), Input), lab.Run(broken, Input)));
        Assert.Contains("GP4011", Assert.Single(lab.Warnings).Message, StringComparison.Ordinal);

        // An engine of another group: its tensors do not fit.
        CompiledModel swapped = compiled with
        {
            Cut =
            compiled.Cut with
            {
                Groups = [compiled.Cut.Groups[0] with { Segment = compiled.Cut.Groups[0].Segment with { Outputs = [] } },
                compiled.Cut.Groups[1]]
            }
        };
        Assert.Throws<EnvironmentException>(() => lab.Run(swapped, Input, EngineMode.Required));
        lab.AssertClean();
    }

    [MockFact]
    public void Every_flipped_byte_of_an_engine_is_detected_inside_and_outside_the_file()
    {
        EngineLab lab = new();
        using TemporaryFolder folder = new();
        string path = folder.File("m.onnx");
        CompiledModel compiled = lab.Compile(Model).Compiled;
        byte[] blob = compiled.Cut.Groups[0].Engines[0].Data!.Bytes.ToArray();
        CompiledModelFormat.Write(compiled, path);
        byte[] file = File.ReadAllBytes(path);
        int at = file.AsSpan().IndexOf(blob);
        Assert.True(at > 0);
        for (int i = 0; i < blob.Length; i++)
        {
            file[at + i] ^= 0x20;
            File.WriteAllBytes(folder.File("flipped.onnx"), file);
            file[at + i] ^= 0x20;
            UnusableEngine damaged = Assert.Single(EngineOrigin.FindUnusable(CompiledModelFormat.Read(folder.File("flipped.onnx"))));
            Assert.Contains("its hash differs", damaged.Reason, StringComparison.Ordinal);
        }

        CompiledModelFormat.Write(EngineFiles.Write(compiled, path), path);
        Assert.Equal(-1, File.ReadAllBytes(path).AsSpan().IndexOf(blob));
        CompiledModel read = CompiledModelFormat.Read(path);
        Assert.Null(TestRun.Difference(TestRun.RunPlain(OnnxWriter.ToBytes(Model), Input), lab.Run(read, Input, EngineMode.Required)));
        string engine = folder.File(read.Cut.Groups[0].Engines[0].Path!);
        byte[] bytes = File.ReadAllBytes(engine);
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 1;
            File.WriteAllBytes(engine, bytes);
            bytes[i] ^= 1;
            Assert.Null(read.Cut.Groups[0].Engines[0].Read(folder.Path, out string? fault));
            Assert.Contains("hash", fault, StringComparison.Ordinal);
        }
        lab.Run(read, Input); // the last one
        Assert.Contains("hash", Assert.Single(lab.Warnings).Message, StringComparison.Ordinal);

        File.Delete(engine);
        Assert.Throws<EnvironmentException>(() => lab.Run(read, Input, EngineMode.Required));
        lab.AssertClean();
    }

    [MockFact]
    public void A_file_cannot_refer_to_files_outside_its_folder()
    {
        EngineLab lab = new();
        using TemporaryFolder folder = new();
        CompiledModel compiled = lab.Compile(Model).Compiled;
        EngineBlob blob = compiled.Cut.Groups[0].Engines[0];
        File.WriteAllBytes(folder.File("secret"), blob.Data!.Bytes.ToArray());
        Directory.CreateDirectory(folder.File("models"));
        string path = folder.File("models/m.onnx");
        foreach (string location in new[] { "../secret", folder.File("secret") })
        {
            EngineBlob outside = blob with { Path = location, Data = null };
            CompiledModelFormat.Write(
                compiled with
                {
                    Cut = compiled.Cut with
                    {
                        Groups =
                    [compiled.Cut.Groups[0] with { Engines = [outside] }, compiled.Cut.Groups[1]]
                    }
                }, path);
            lab.Warnings.Clear();
            lab.Run(CompiledModelFormat.Read(path), Input);
            Assert.Contains(location, Assert.Single(lab.Warnings).Message, StringComparison.Ordinal);
        }
    }

    [MockFact]
    public void Code_inside_an_engine_runs_only_if_trusted()
    {
        EngineLab lab = new();
        CompiledModel compiled = lab.Compile(Model, options: new EngineOptions { Build = new() { VersionCompatible = true } }).Compiled;
        lab.Run(compiled, Input);
        Assert.Equal(1, lab.Mock.Value("host code")); // built by this process
        CompiledModel read = CompiledModelFormat.Read(CompiledModelFormat.ToModel(compiled));
        lab.Run(read, Input);
        Assert.Equal(0, lab.Mock.Value("host code"));
        using (ModelSession.Create(read, new() { Engines = lab.Use() with { Trust = true } })) Assert.Equal(1, lab.Mock.Value("host code"));
    }

    [MockTheory]
    [InlineData("trt10_0_1")]
    [InlineData("trt10_16")]
    [InlineData("trt11_1")]
    [InlineData("rtx1_4")]
    [InlineData("rtx1_6")]
    public void Engines_without_weights_get_them_from_the_model(string layout)
    {
        EngineLab lab = new(layout);
        CompiledModel compiled = lab.Compile(Model, options: new EngineOptions { Build = new() { StripWeights = true } }).Compiled;
        Assert.Null(TestRun.Difference(TestRun.RunPlain(OnnxWriter.ToBytes(Model), Input), lab.Run(compiled, Input, EngineMode.Required)));
        Assert.Equal(2, lab.Mock.Value("calls:refitCudaEngine"));
        lab.AssertClean();
    }

    [MockFact]
    public void Hardware_compatible_engines_run_on_every_Ampere_and_later()
    {
        EngineLab hopper = new(), ampere = new(ordinal: 1);
        foreach (HardwareCompatibility level in Enum.GetValues<HardwareCompatibility>())
        {
            CompiledModel compiled = hopper.Compile(
                Model, options: new EngineOptions { Build = new() { HardwareCompatibility = level } }).Compiled;
            ampere.Warnings.Clear();
            long before = ampere.EngineRuns;
            Assert.Null(TestRun.Difference(TestRun.RunPlain(OnnxWriter.ToBytes(Model), Input), ampere.Run(compiled, Input)));
            bool runs = level == HardwareCompatibility.AmperePlus;
            Assert.Equal(runs ? 2 : 0, ampere.EngineRuns - before);
            Assert.Equal(runs ? 0 : 1, ampere.Warnings.Count);
        }
        ampere.AssertClean();
    }

    /// <summary>The mock loads engines of earlier releases as TensorRT does: version compatible ones, with leave to run their
    /// code.</summary>
    [MockTheory]
    [InlineData("trt10_0_1", "trt10_16", true)]
    [InlineData("trt10_16", "trt10_0_1", false)]
    [InlineData("trt10_16", "trt11_1", false)]
    public void Version_compatible_engines_run_in_later_releases_of_their_major(string built, string runs, bool fits)
    {
        CompiledModel compiled = CompiledModelFormat.Read(
            CompiledModelFormat.ToModel(new EngineLab(built).Compile(
                Model, options: new EngineOptions { Build = new() { VersionCompatible = true } }).Compiled));
        EngineLab lab = new(runs);
        DataValue[] expected = TestRun.RunPlain(OnnxWriter.ToBytes(Model), Input);
        Assert.Null(TestRun.Difference(expected, lab.Run(compiled, Input)));
        Assert.Equal(fits, Assert.Single(lab.Warnings).Message.Contains("--trust-engines", StringComparison.Ordinal));
        using (ModelSession session = ModelSession.Create(compiled, new() { Engines = lab.Use() with { Trust = true } }))
            EngineLab.AssertSame(Model, session, Input);
        Assert.Equal(fits ? 2 : 0, lab.EngineRuns);
        lab.AssertClean();
    }
}
