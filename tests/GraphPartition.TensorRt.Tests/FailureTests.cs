using GraphPartition.TensorRt.Build;
using GraphPartition.TensorRt.Library;
using GraphPartition.TensorRt.Run;
using GraphPartition.TensorRt.Tests.Support;
using Microsoft.Extensions.Logging;
using Xunit;

namespace GraphPartition.TensorRt.Tests;

/// <summary>
/// Every way in which TensorRT can fail. <see cref="CallbackTests"/> has the failures of the caller's own code.
/// </summary>
public sealed class FailureTests
{
    private static readonly ShapeProfile Profile = new(new Dictionary<string, ShapeRange> { ["x"] = new([1, 3], [2, 3], [4, 3]) });

    [MockTheory]
    [MockLayouts]
    public void A_null_from_any_call_is_an_error_and_leaks_nothing(string layout)
    {
        Mock mock = Mock.Open(layout);
        TensorRtLibrary library = mock.Load();
        (string Function, string Code)[] calls =
        [
            ("createInferBuilder", "GP4006"), ("createInferRuntime", "GP4006"), ("createNetworkV2", "GP4006"),
            ("addInput", "GP4002"), ("addIdentity", "GP4002"), ("createNvOnnxParser", "GP4006"), ("parse", "GP4007"),
            ("createBuilderConfig", "GP4006"), ("createOptimizationProfile", "GP4006"), ("setDimensions", "GP4010"),
            ("addOptimizationProfile", "GP4010"), ("buildSerializedNetwork", "GP4008"), ("deserializeCudaEngine", "GP4011"),
            ("createExecutionContext", "GP4012"), ("createEngineInspector", "GP4006"), ("setTensorAddress", "GP4012"),
            ("enqueueV3", "GP4012"), ("getName of a tensor", "GP4002"), ("isValid", "GP4010"), ("data", "GP4008"),
            ("getIOTensorName", "GP4011"), ("setInputShape", "GP4012"), ("setOptimizationProfileAsync", "GP4012"),
        ];
        foreach ((string function, string code) in calls)
        {
            mock.Fail(function);
            var failure = Assert.Throws<TensorRtException>(() => WholeWay(library));
            Assert.True(failure.Diagnostic.Code.Id == code, $"{function}: {failure.Message}");
            mock.AssertClean();
        }

        WholeWay(library);
        mock.AssertClean();
    }

    [MockTheory]
    [MockLayouts]
    public void Optional_information_may_be_missing(string layout)
    {
        Mock mock = Mock.Open(layout);
        TensorRtLibrary library = mock.Load();
        foreach (string function in new[] { "createTimingCache", "serialize", "getTensorFormatDesc", "getName of an engine",
            "getEngineInformation" })
        {
            mock.Fail(function, int.MaxValue);
            WholeWay(library);
            mock.Fail(function, 0);
        }

        using (TrtBuilder builder = TrtBuilder.Create(library))
        {
            byte[] unknown = new OnnxBytes().Input("x", 2).Node("Cos", "n", ["x"], "y").Output("y", 2).ToArray();
            mock.Fail("text of an error", int.MaxValue);
            Assert.Equal("", Assert.Single(builder.SupportedNodes(unknown).Errors).Description);
            mock.Fail("getError", int.MaxValue);
            Assert.Empty(builder.SupportedNodes(unknown).Errors);
            mock.Fail("getSubgraphNodes", int.MaxValue);
            Assert.Empty(builder.SupportedNodes(unknown).SupportedNodes());
            mock.Fail("combine");
            ReadOnlyMemory<byte> timings = builder.Build(OnnxBytes.Example().ToArray(), new BuildOptions()).TimingCache;
            Assert.Equal(timings.Length, builder.MergeTimingCaches(timings, timings).Length);
        }

        using (TrtRuntime runtime = TrtRuntime.Create(library))
        using (TrtBuilder builder = TrtBuilder.Create(library))
        using (TrtEngine engine = runtime.Deserialize(
            builder.Build(OnnxBytes.Example().ToArray(), new BuildOptions { Refittable = true }).Data.Span))
        {
            using (TrtContext context = engine.CreateContext())
            {
                mock.Fail("getTensorShape of a context");
                Assert.Null(context.GetShape("y"));
            }

            foreach (string function in layout.StartsWith("trt8", StringComparison.Ordinal) ? []
                : new[] { "createInferRefitter", "createNvOnnxParserRefitter", "refitFromBytes", "refitCudaEngine" })
            {
                mock.Fail(function);
                Assert.StartsWith("GP40", Assert.Throws<TensorRtException>(
                    () => engine.Refit(OnnxBytes.Example().ToArray())).Diagnostic.Code.Id, StringComparison.Ordinal);
            }
        }

        mock.AssertClean();
    }

    [MockTheory]
    [MockLayouts]
    public void A_failed_build_reports_the_log_of_TensorRT(string layout)
    {
        Mock mock = Mock.Open(layout);
        byte[] onnx = new OnnxBytes().Input("x", 2).Node("BuildFails", "bad_node", ["x"], "y").Output("y", 2).ToArray();
        using (TrtBuilder builder = TrtBuilder.Create(mock.Load()))
        {
            var failed = Assert.Throws<TensorRtException>(() => builder.Build(onnx, new BuildOptions()));
            Assert.Equal("GP4008", failed.Diagnostic.Code.Id);
            Assert.Contains(failed.Log, l => l.Level == LogLevel.Error && l.Message.Contains("node {bad_node}", StringComparison.Ordinal));
            Assert.Contains("node {bad_node}", failed.Message, StringComparison.Ordinal);

            // The builder is as good as before, and the old failure is not a part of a new one.
            builder.Build(OnnxBytes.Example().ToArray(), new BuildOptions());
            mock.Fail("buildSerializedNetwork");
            Assert.Empty(Assert.Throws<TensorRtException>(() => builder.Build(OnnxBytes.Example().ToArray(), new BuildOptions())).Log);
        }

        mock.AssertClean();
    }

    [MockTheory]
    [MockLayouts]
    public void A_dynamic_input_without_a_profile_is_reported(string layout)
    {
        Mock mock = Mock.Open(layout);
        using (TrtBuilder builder = TrtBuilder.Create(mock.Load()))
        {
            var failed = Assert.Throws<TensorRtException>(() => builder.Build(OnnxBytes.Example(-1, 3).ToArray(), new BuildOptions()));
            Assert.Contains("no optimization profile", failed.Message, StringComparison.Ordinal);
        }

        mock.AssertClean();
    }

    [MockTheory]
    [MockLayouts]
    public void Engines_that_do_not_fit_are_refused(string layout)
    {
        Mock mock = Mock.Open(layout);
        TensorRtLibrary library = mock.Load();
        byte[] engine;
        using (TrtBuilder builder = TrtBuilder.Create(library))
        {
            engine = builder.Build(OnnxBytes.Example().ToArray(), new BuildOptions()).Data.ToArray();
        }

        using (TrtRuntime runtime = TrtRuntime.Create(library))
        {
            byte[] flipped = [.. engine];
            flipped[^3] ^= 1;
            foreach (byte[] bad in new[] { flipped, engine[..^10], [], "something else"u8.ToArray() })
            {
                var refused = Assert.Throws<TensorRtException>(() => runtime.Deserialize(bad));
                Assert.Equal("GP4011", refused.Diagnostic.Code.Id);
                Assert.Contains("Serialization", refused.Message, StringComparison.Ordinal);
            }
        }

        mock.AssertClean();
    }

    [MockTheory]
    [MockLayouts]
    public void Objects_are_destroyed_in_order_for_every_order_of_disposal(string layout)
    {
        Mock mock = Mock.Open(layout);
        TensorRtLibrary library = mock.Load();
        TrtBuilder builder = TrtBuilder.Create(library);
        TrtRuntime runtime = TrtRuntime.Create(library);
        TrtEngine engine = runtime.Deserialize(builder.Build(OnnxBytes.Example().ToArray(), new BuildOptions()).Data.Span);
        TrtContext context = engine.CreateContext();
        builder.Dispose();
        runtime.Dispose();
        engine.Dispose();
        Assert.Equal([2, 2, 2, 2, 2, 2], BuildAndRunTests.Run(context, new float[6], 6));
        context.Dispose();
        context.Dispose();
        Assert.Throws<ObjectDisposedException>(() => runtime.Deserialize([1]));
        Assert.Throws<ObjectDisposedException>(() => engine.CreateContext());
        Assert.Throws<ObjectDisposedException>(() => context.Enqueue(1));
        Abandon(library);
        mock.AssertClean();
    }

    [MockFact]
    public void Builders_work_in_parallel()
    {
        Mock mock = Mock.Open("trt11_1");
        TensorRtLibrary library = mock.Load();
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            using TrtBuilder builder = TrtBuilder.Create(library);
            using TrtRuntime runtime = TrtRuntime.Create(library);
            BuiltEngine blob = builder.Build(OnnxBytes.Example().ToArray(), new BuildOptions { Name = $"g{i}" });
            using TrtEngine engine = runtime.Deserialize(blob.Data.Span);
            using TrtContext context = engine.CreateContext();
            Assert.Equal($"g{i}", engine.Name);
            Assert.Equal([4, 4, 4, 4, 4, 4], BuildAndRunTests.Run(context, [1, 1, 1, 1, 1, 1], 6));
        });
        mock.AssertClean();
    }

    /// <summary>Everything is left to the garbage collector, which finalises in any order.</summary>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void Abandon(TensorRtLibrary library)
    {
        byte[] blob;
        using (TrtBuilder builder = TrtBuilder.Create(library))
        {
            blob = builder.Build(OnnxBytes.Example().ToArray(), new BuildOptions()).Data.ToArray();
        }

        for (int i = 0; i < 10; i++)
        {
            TrtContext context = TrtRuntime.Create(library).Deserialize(blob).CreateContext();
            Assert.NotNull(context.Engine.Tensors);
        }
    }

    private static void WholeWay(TensorRtLibrary library)
    {
        byte[] onnx = OnnxBytes.Example(-1, 3).ToArray();
        using TrtBuilder builder = TrtBuilder.Create(library);
        BuiltEngine blob = builder.Build(onnx, new BuildOptions { Profiles = [Profile] });
        using TrtRuntime runtime = TrtRuntime.Create(library);
        using TrtEngine engine = runtime.Deserialize(blob.Data.Span);
        engine.Inspect();
        using TrtContext context = engine.CreateContext();
        context.UseProfile(0, BuildAndRunTests.AStream);
        context.SetInputShape("x", 2, 3);
        BuildAndRunTests.Run(context, new float[6], 6);
    }
}
