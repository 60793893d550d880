using GraphPartition.Foundation;
using GraphPartition.TensorRt.Build;
using GraphPartition.TensorRt.Library;
using GraphPartition.TensorRt.Run;
using GraphPartition.TensorRt.Tests.Support;
using Xunit;

namespace GraphPartition.TensorRt.Tests;

/// <summary>The whole way from ONNX bytes to numbers, on every layout.</summary>
public sealed unsafe class BuildAndRunTests
{
    /// <summary>Not a stream, but not null: all that the mock asks of one.</summary>
    internal const nint AStream = 0x5eed;

    [MockTheory]
    [MockLayouts]
    public void Builds_loads_and_computes(string layout)
    {
        Mock mock = Mock.Open(layout);
        TensorRtLibrary library = mock.Load();
        BuiltEngine blob;
        using (TrtBuilder builder = TrtBuilder.Create(library))
        {
            blob = builder.Build(OnnxBytes.Example().ToArray(), new BuildOptions { Name = "group_0" });
        }

        Assert.Equal(library.Release, blob.Release);
        Assert.Empty(blob.Warnings);
        using (TrtRuntime runtime = TrtRuntime.Create(library))
        using (TrtEngine engine = runtime.Deserialize(blob.Data.Span))
        using (TrtContext context = engine.CreateContext())
        {
            Assert.Equal("group_0", engine.Name);
            Assert.Equal(["x", "y"], engine.Tensors.Select(t => t.Name));
            Assert.Equal([true, false], engine.Tensors.Select(t => t.IsInput));
            Assert.All(engine.Tensors, t => Assert.Equal([2, 3], t.Shape));
            Assert.All(engine.Tensors, t => Assert.Equal(ElementType.Float32, t.Type));
            Assert.Equal(4096, engine.DeviceMemoryBytes);
            Assert.Contains("Relu", Inspected(blob, engine));
            float[] y = Run(context, [-3, -2, -1, 0, 1, 2], 6);
            Assert.Equal([0, 0, 0, 2, 4, 6], y);
        }

        mock.AssertClean();
    }

    [MockTheory]
    [MockLayouts]
    public void Shapes_follow_the_profile(string layout)
    {
        Mock mock = Mock.Open(layout);
        TensorRtLibrary library = mock.Load();
        ShapeProfile small = new(new Dictionary<string, ShapeRange> { ["x"] = new([1, 3], [4, 3], [8, 3]) });
        ShapeProfile large = new(new Dictionary<string, ShapeRange> { ["x"] = new([9, 3], [16, 3], [32, 3]) });
        using (TrtBuilder builder = TrtBuilder.Create(library))
        using (TrtRuntime runtime = TrtRuntime.Create(library))
        {
            BuiltEngine blob = builder.Build(OnnxBytes.Example(-1, 3).ToArray(), new BuildOptions { Profiles = [small, large] });
            using TrtEngine engine = runtime.Deserialize(blob.Data.Span);
            Assert.Equal(2, engine.ProfileCount);
            EngineTensor x = engine.Tensors[0];
            Assert.Equal([-1, 3], x.Shape);
            Assert.Equal([16, 3], x.Profiles[1].Opt);
            Assert.Equal([32, 3], x.Profiles[1].Max);

            using TrtContext context = engine.CreateContext();
            Assert.Equal(["x"], context.MissingInputs());
            Assert.Null(context.GetShape("x"));
            context.SetInputShape("x", 2, 3);
            Assert.Empty(context.MissingInputs());
            Assert.Equal([2, 3], context.GetShape("y"));
            Assert.Equal([2, 4, 6, 8, 10, 12], Run(context, [0, 1, 2, 3, 4, 5], 6));

            var outside = Assert.Throws<TensorRtException>(() => context.SetInputShape("x", 9, 3));
            Assert.Equal("GP4012", outside.Diagnostic.Code.Id);
            context.UseProfile(1, AStream);
            context.SetInputShape("x", 9, 3);
            Assert.Equal([9, 3], context.GetShape("y"));
            Assert.Throws<TensorRtException>(() => context.UseProfile(2, AStream));
        }

        mock.AssertClean();
    }

    [MockTheory]
    [MockLayouts]
    public void Contexts_may_share_the_callers_memory(string layout)
    {
        Mock mock = Mock.Open(layout);
        TensorRtLibrary library = mock.Load();
        using (TrtBuilder builder = TrtBuilder.Create(library))
        using (TrtRuntime runtime = TrtRuntime.Create(library))
        using (TrtEngine engine = runtime.Deserialize(builder.Build(OnnxBytes.Example().ToArray(), new BuildOptions()).Data.Span))
        using (TrtContext context = engine.CreateContext(ownMemory: false))
        {
            Assert.Throws<TensorRtException>(() => Run(context, new float[6], 6));
            byte[] memory = new byte[engine.DeviceMemoryBytes];
            fixed (byte* address = memory)
            {
                context.UseDeviceMemory((nint)address, memory.Length);
                Assert.Equal([2, 2, 2, 2, 2, 2], Run(context, new float[6], 6));
            }
        }

        mock.AssertClean();
    }

    [MockTheory]
    [MockLayouts]
    public void Outputs_of_unknown_size_ask_for_memory(string layout)
    {
        Mock mock = Mock.Open(layout);
        TensorRtLibrary library = mock.Load();
        byte[] onnx = new OnnxBytes().Input("x", 2, 3).Node("NonZero", "nz", ["x"], "y").Output("y", 2, -1).ToArray();
        using (TrtBuilder builder = TrtBuilder.Create(library))
        using (TrtRuntime runtime = TrtRuntime.Create(library))
        using (TrtEngine engine = runtime.Deserialize(builder.Build(onnx, new BuildOptions()).Data.Span))
        using (TrtContext context = engine.CreateContext())
        using (HostAllocator allocator = new())
        {
            context.SetOutputAllocator("y", allocator);
            Run(context, [0, 1, 0, 0, 0, 1], 0);
            Assert.Equal([2, 2], allocator.Shape);
            Assert.Equal([0, 1, 1, 2], allocator.Floats);
            Assert.Equal(256ul, allocator.Alignment);
            Assert.Equal(layout is "trt8_5_3" or "trt8_6_1" or "trt10_0_1" ? 0 : AStream, allocator.Stream);

            allocator.Throws = true;
            var failed = Assert.Throws<InvalidOperationException>(() => Run(context, [1, 1, 1, 1, 1, 1], 0));
            Assert.Equal("no memory today", failed.InnerException?.Message);
            context.SetOutputAllocator("y", null);
            Assert.Throws<TensorRtException>(() => Run(context, [1, 1, 1, 1, 1, 1], 0));
        }

        mock.AssertClean();
    }

    [MockTheory]
    [MockLayouts]
    public void TensorRT_gets_ranges_of_values_for_its_shape_tensors_only(string layout)
    {
        Mock mock = Mock.Open(layout);
        byte[] onnx = new OnnxBytes().Input("x", 2, 3).Input("sizes", 2).Node("Reshape", "reshape", ["x", "sizes"], "y").Output("y", -1, -1)
            .ToArray();
        ShapeRange range = new([3, 2], [3, 2], [3, 2]);
        BuildOptions With(params string[] names) =>
            new() { Profiles = [new(new Dictionary<string, ShapeRange>()) { Values = names.ToDictionary(n => n, _ => range) }] };
        using (TrtBuilder builder = TrtBuilder.Create(mock.Load()))
        {
            Assert.False(builder.Build(onnx, With("x", "sizes")).Data.IsEmpty); // the mock complains about values of x
            var failure = Assert.Throws<TensorRtException>(() => builder.Build(onnx, With("x")));
            Assert.Equal(TensorRtCodes.ShapeValuesMissing, failure.Diagnostic.Code);
            Assert.Contains("sizes: the profile has no values of it", failure.Message, StringComparison.Ordinal);
        }

        mock.AssertClean();
    }

    [MockTheory]
    [MockLayouts]
    public void A_profiled_run_reports_every_layer(string layout)
    {
        Mock mock = Mock.Open(layout);
        TensorRtLibrary library = mock.Load();
        List<LayerTime> times = [];
        using (TrtBuilder builder = TrtBuilder.Create(library))
        using (TrtRuntime runtime = TrtRuntime.Create(library))
        using (TrtEngine engine = runtime.Deserialize(builder.Build(OnnxBytes.Example().ToArray(), new BuildOptions()).Data.Span))
        using (TrtContext context = engine.CreateContext())
        {
            context.Profile(new Receiver<LayerTime>(times.Add));
            Run(context, new float[6], 6);
        }

        Assert.Equal([new("a", 0.25f), new("b", 0.25f), new("y", 0.25f)], times);
        mock.AssertClean();
    }

    [MockTheory]
    [MockLayouts]
    public void Weights_can_be_replaced_from_10_on(string layout)
    {
        Mock mock = Mock.Open(layout);
        TensorRtLibrary library = mock.Load();
        byte[] other = new OnnxBytes()
            .Input("x", 2, 3)
            .Constant("one", 10f)
            .Constant("two", 3f)
            .Node("Add", "add", ["x", "one"], "a")
            .Node("Relu", "relu", ["a"], "b")
            .Node("Mul", "mul", ["b", "two"], "y")
            .Output("y", 2, 3)
            .ToArray();
        using (TrtBuilder builder = TrtBuilder.Create(library))
        using (TrtRuntime runtime = TrtRuntime.Create(library))
        using (TrtEngine engine = runtime.Deserialize(
            builder.Build(OnnxBytes.Example().ToArray(), new BuildOptions { Refittable = true }).Data.Span))
        {
            if (layout.StartsWith("trt8", StringComparison.Ordinal))
            {
                Assert.Equal("GP4009", Assert.Throws<TensorRtException>(() => engine.Refit(other)).Diagnostic.Code.Id);
            }
            else
            {
                engine.Refit(other);
                using TrtContext context = engine.CreateContext();
                Assert.Equal([30, 30, 30, 30, 30, 30], Run(context, new float[6], 6));
                mock.Fail("refitCudaEngine");
                Assert.Throws<TensorRtException>(() => engine.Refit(other));
            }
        }

        mock.AssertClean();
    }

    [MockTheory]
    [MockLayouts]
    public void Steady_runs_allocate_nothing(string layout)
    {
        Mock mock = Mock.Open(layout);
        TensorRtLibrary library = mock.Load();
        using (TrtBuilder builder = TrtBuilder.Create(library))
        using (TrtRuntime runtime = TrtRuntime.Create(library))
        using (TrtEngine engine = runtime.Deserialize(builder.Build(OnnxBytes.Example().ToArray(), new BuildOptions()).Data.Span))
        using (TrtContext context = engine.CreateContext())
        {
            long[] shape = [2, 3]; // a literal span allocates in Debug builds
            float* memory = stackalloc float[12];
            void Step()
            {
                context.SetInputShape("x", shape);
                context.SetAddress("x", (nint)memory);
                context.SetAddress("y", (nint)(memory + 6));
                context.Enqueue(AStream);
            }

            Step();
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 50; i++)
            {
                Step();
            }

            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        mock.AssertClean();
    }

    /// <summary>Runs with x and, where it has elements, y in host memory, which the mock takes for the device's.</summary>
    internal static float[] Run(TrtContext context, float[] x, int outputs)
    {
        float[] y = new float[outputs];
        fixed (float* input = x)
        fixed (float* output = y)
        {
            context.SetAddress("x", (nint)input);
            context.SetAddress("y", (nint)output);
            context.Enqueue(AStream);
        }

        return y;
    }

    private static string Inspected(BuiltEngine blob, TrtEngine engine) =>
        engine.Inspect().Contains("Add", StringComparison.Ordinal) ? System.Text.Encoding.UTF8.GetString(blob.Data.Span) : "";
}
