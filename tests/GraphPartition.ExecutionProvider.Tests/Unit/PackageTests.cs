using System.IO.Compression;
using GraphPartition.ExecutionProvider.Tests.Support;

namespace GraphPartition.ExecutionProvider.Tests.Unit;

/// <summary>The packages, and a program in C that uses the library in a process of its own.</summary>
public sealed class PackageTests
{
    [PluginTheory]
    [InlineData("table")]
    [InlineData("random:4:0.5")]
    public void A_program_in_C_gives_the_same_numbers(string support)
    {
        string output = HostProgram.Run(Checkout.PathOf("testmodels", "mixed.onnx"), new Dictionary<string, string>(), "support", support, "threads", "1");
        Assert.EndsWith("equal\n", output, StringComparison.Ordinal);
    }

    [PluginFact]
    public void The_wheel_has_the_library_and_registers_it()
    {
        if (!HasPython()) return; // the wheel is made by a script in Python; nothing else in the repository needs it
        using var folder = new TemporaryFolder();
        string wheel = Run("python3", Checkout.PathOf("tools", "python", "wheel.py"), PluginLibrary.Path, "1.2.3", folder.Path).Trim();
        Assert.Matches("graphpartition_ep-1\\.2\\.3-py3-none-manylinux_2_[0-9]+_x86_64\\.whl$", wheel);
        ZipFile.ExtractToDirectory(wheel, folder.File("site"));
        Assert.Equal(File.ReadAllBytes(PluginLibrary.Path), File.ReadAllBytes(folder.File("site/graphpartition_ep/libgraphpartition_ep.so")));
        string[] record = File.ReadAllLines(folder.File("site/graphpartition_ep-1.2.3.dist-info/RECORD"));
        Assert.Equal(Directory.GetFiles(folder.File("site"), "*", SearchOption.AllDirectories).Length, record.Length);
        const string Program = """
            import sys, types, os
            sys.path.insert(0, sys.argv[1])
            import graphpartition_ep as gp
            made = []
            device = types.SimpleNamespace(ep_name=gp.PROVIDER, device=types.SimpleNamespace(type="cpu"))
            other = types.SimpleNamespace(ep_name="CPUExecutionProvider", device=types.SimpleNamespace(type="cpu"))
            ort = types.SimpleNamespace(
                OrtHardwareDeviceType=types.SimpleNamespace(CPU="cpu", GPU="gpu"), get_ep_devices=lambda: [other, device],
                register_execution_provider_library=lambda name, path: made.append((name, os.path.basename(path), os.path.exists(path))))
            gp.register(ort)
            options = types.SimpleNamespace(add_provider_for_devices=lambda devices, values: made.append((devices == [device], values)))
            gp.append(ort, options, {"min_nodes": 3})
            assert made == [("graphpartition", "libgraphpartition_ep.so", True), (True, {"min_nodes": "3"})], made
            for wrong in (lambda: gp.register(types.SimpleNamespace(__version__="1.20")), lambda: gp.append(ort, options, gpu=True)):
                try: wrong()
                except RuntimeError as e: print(e)
                else: raise SystemExit("no error")
            """;
        string messages = Run("python3", "-c", Program, folder.File("site"));
        Assert.Contains("1.20", messages, StringComparison.Ordinal);
        Assert.Contains("call register first", messages, StringComparison.Ordinal);
    }

    [PluginFact]
    public void The_package_has_the_library_for_its_platform()
    {
        using var folder = new TemporaryFolder();
        string project = Checkout.PathOf("runtime", "ExecutionProvider");
        string configuration = AppContext.BaseDirectory.Contains("/Debug/", StringComparison.Ordinal) ? "Debug" : "Release";
        Run("dotnet", "pack", project, "-c", configuration, "--no-build", "-nologo", "-v", "q", $"-p:NativeLibrary={PluginLibrary.Path}", "-o", folder.Path);
        string package = Assert.Single(Directory.GetFiles(folder.Path, "*.nupkg"));
        using ZipArchive archive = ZipFile.OpenRead(package);
        Assert.Equal(new FileInfo(PluginLibrary.Path).Length,
            archive.Entries.Single(e => e.FullName == "runtimes/linux-x64/native/libgraphpartition_ep.so").Length);
        Assert.DoesNotContain(archive.Entries, e => e.FullName.EndsWith(".dll", StringComparison.Ordinal));
    }

    private static bool HasPython()
    {
        try
        {
            Run("python3", "--version");
            return true;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static string Run(string program, params string[] arguments) =>
        HostProgram.Execute(program, arguments, new Dictionary<string, string>());
}
