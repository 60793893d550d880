using GraphPartition.Foundation;
using GraphPartition.TensorRt.Build;
using GraphPartition.TensorRt.Library;
using GraphPartition.TensorRt.Run;
using GraphPartition.TensorRt.Tests.Support;
using Xunit;

namespace GraphPartition.TensorRt.Tests;

/// <summary>Libraries of plugins: registered with builder and runtime, and refused where they are wrong.</summary>
public sealed class PluginTests
{
    /// <summary>Layouts and the ways in which their release takes plugins: 8.5 has no loadLibrary.</summary>
    public static TheoryData<string, string> Ways()
    {
        var ways = new TheoryData<string, string>();
        foreach (string layout in Mock.Layouts)
        {
            ways.Add(layout, "registers");
            if (layout != "trt8_5_3") ways.Add(layout, "exports");
        }
        return ways;
    }

    [MockTheory]
    [MemberData(nameof(Ways))]
    public void An_engine_with_a_plugin_is_built_and_runs(string layout, string kind)
    {
        Mock mock = Mock.Open(layout);
        TensorRtLibrary library = mock.Load();
        byte[] model = Frobnicates();
        using (TrtBuilder builder = TrtBuilder.Create(library))
        {
            Assert.Empty(builder.SupportedNodes(model).SupportedNodes());
            string file = MockCompiler.Plugin(layout, kind);
            library.LoadPlugins([file]);
            library.LoadPlugins([file]); // once is enough
            Assert.Equal(64, Assert.Single(library.Plugins, p => p.Path == file).Sha256.Length);
            Assert.Equal([0], builder.SupportedNodes(model).SupportedNodes().Order());
            BuiltEngine blob = builder.Build(model, new BuildOptions());
            using TrtRuntime runtime = TrtRuntime.Create(library);
            using TrtEngine engine = runtime.Deserialize(blob.Data.Span);
            using TrtContext context = engine.CreateContext();
            Assert.Equal([-5, -3, -1, 1, 3, 5], BuildAndRunTests.Run(context, [-3, -2, -1, 0, 1, 2], 6));
        }
        mock.AssertClean();
    }

    [MockTheory]
    [MockLayouts]
    public void An_engine_does_not_load_without_its_plugin(string layout)
    {
        Mock mock = Mock.Open(layout);
        TensorRtLibrary library = mock.Load();
        library.LoadPlugins([MockCompiler.Plugin(layout, "registers", "liblater.so")]);
        using (TrtBuilder builder = TrtBuilder.Create(library))
        using (TrtRuntime runtime = TrtRuntime.Create(library))
        {
            BuiltEngine blob = builder.Build(Frobnicates(), new BuildOptions());
            mock.ForgetPlugins();
            Assert.Equal("GP4011", Assert.Throws<TensorRtException>(() => runtime.Deserialize(blob.Data.Span)).Diagnostic.Code.Id);
        }
        mock.AssertClean();
    }

    [MockTheory]
    [MockLayouts]
    public void A_wrong_library_is_refused_with_the_reason(string layout)
    {
        Mock mock = Mock.Open(layout);
        TensorRtLibrary library = mock.Load();
        using var folder = new TemporaryFolder();
        string text = folder.File("libtext.so");
        File.WriteAllText(text, "no library");
        Expect("no such file", folder.File("libnowhere.so"));
        Expect("not a library", text);
        Expect("no plugin that is new", MockCompiler.Plugin(layout, "nothing"));
        bool loads = layout != "trt8_5_3";
        if (!loads) Expect("TensorRT 8.6 and later", MockCompiler.Plugin(layout, "exports", "libexports85.so"));
        else
        {
            mock.Fail("loadLibrary");
            Expect("does not take it", MockCompiler.Plugin(layout, "exports", "libfails.so"));
        }
        string kind = loads ? "exports" : "registers";
        library.LoadPlugins([MockCompiler.Plugin(layout, kind, "libfirst.so")]);
        Expect("no plugin that is new", MockCompiler.Plugin(layout, kind, "libsecond.so")); // the same plugin again
        mock.AssertClean();

        void Expect(string reason, string file)
        {
            Diagnostic fault = Assert.Single(Assert.Throws<ModelException>(() => library.LoadPlugins([file])).Diagnostics);
            Assert.Equal("GP4030", fault.Code.Id);
            Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>y = Frobnicate(x) over [2, 3]: an operator that only the plugin has.</summary>
    private static byte[] Frobnicates() =>
        new OnnxBytes().Input("x", 2, 3).Node("Frobnicate", "frob", ["x"], "y").Output("y", 2, 3).ToArray();
}
