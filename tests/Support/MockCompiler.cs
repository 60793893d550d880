using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace GraphPartition.TestSupport;

/// <summary>Compiles mock libraries with g++; keeps what it compiled until a source changes.</summary>
public static class MockCompiler
{
    private static readonly string Sources = Checkout.PathOf("tests", "GraphPartition.TensorRt.Tests", "Mock");
    private static readonly string[] TensorRtSources =
        ["core.cpp", "faults.cpp", "parser.cpp", "onnx_reader.cpp", "interpreter.cpp", "faults.h", "graph.h", "objects.h", "plugin.h", "state.h",
            "types.h"];

    /// <summary>GP_MOCK_FLAGS: further flags for g++, for instance -fsanitize=address.</summary>
    private static readonly string ExtraFlags = Environment.GetEnvironmentVariable("GP_MOCK_FLAGS") ?? "";

    private static readonly ConcurrentDictionary<string, Lazy<string>> Folders = new();

    /// <summary>Where compiled mocks lie: in one folder for all test projects of a checkout.</summary>
    private static readonly string Kept = Checkout.PathOf("tests", "GraphPartition.TensorRt.Tests", "obj", "mocks");

    /// <summary>Why there can be no mocks here, or null.</summary>
    public static string? WhyNot { get; } = !OperatingSystem.IsLinux() ? "the mocks follow the C++ calling convention of Linux"
        : FindCompiler();

    /// <summary>The folder of a mock TensorRT with its parser: core and parser are files of their own, as NVIDIA's are.</summary>
    /// <param name="layout">A header in Mock/Layouts, without extension.</param>
    /// <param name="claims">The version number that the library gives, where that is not the layout's.</param>
    public static string TensorRt(string layout, int? claims = null)
    {
        string mine = claims is { } n ? $"{layout}_as_{n}" : layout;
        return Folder(mine, [$"Layouts/{layout}.h", .. TensorRtSources], folder => MakeTensorRt(folder, mine, layout, claims));
    }

    /// <summary>The folder of a library that reports a TensorRT version and does nothing else.</summary>
    public static string VersionOnly(int number, string fileName) => Folder($"version_{number}_{fileName}", ["version.cpp"], folder =>
        Compile(folder, $"-DMOCK_CLAIMS={number} version.cpp -o {folder}/{fileName}"));

    /// <summary>A library of plugins with one plugin, Frobnicate, for a layout of TensorRT.</summary>
    /// <param name="layout">A header in Mock/Layouts, without extension.</param>
    /// <param name="kind">How it brings the plugin: "exports", "registers" itself when it is loaded, or "nothing".</param>
    /// <param name="name">The name of the file.</param>
    public static string Plugin(string layout, string kind, string name = "libfrobnicate.so")
    {
        string core = TensorRt(layout);
        string flag = kind switch
        {
            "exports" => $"-DPLUGIN_EXPORTS={(layout.StartsWith("trt8", StringComparison.Ordinal) ? "getPluginCreators" : "getCreators")}",
            "registers" => $"-DPLUGIN_REGISTERS -L{core} -l:libmock_{layout}.so -Wl,-rpath,{core}",
            _ => "",
        };
        string folder = Folder($"plugin_{layout}_{kind}_{name}", [$"Layouts/{layout}.h", "plugin.cpp", "plugin.h", "types.h"],
            made => Compile(made, $"-include Layouts/{layout}.h plugin.cpp {flag} -o {made}/{name}"));
        return Path.Combine(folder, name);
    }

    /// <summary>The folder of the mock CUDA driver.</summary>
    public static string Cuda() =>
        Folder("cuda", ["cuda.cpp"], folder => Compile(folder, $"cuda.cpp -pthread -Wl,-soname,libcuda.so.1 -o {folder}/libcuda.so.1"));

    /// <summary>The names under which the search looks for a layout's files.</summary>
    public static (string Core, string Parser) Names(string layout) => layout switch
    {
        _ when layout.StartsWith("rtx", StringComparison.Ordinal) => ("libtensorrt_rtx.so.1", "libtensorrt_onnxparser_rtx.so.1"),
        _ when layout.StartsWith("trt8", StringComparison.Ordinal) => ("libnvinfer.so.8", "libnvonnxparser.so.8"),
        _ when layout.StartsWith("trt10", StringComparison.Ordinal) => ("libnvinfer.so.10", "libnvonnxparser.so.10"),
        _ => ("libnvinfer.so.11", "libnvonnxparser.so.11"),
    };

    /// <summary>
    /// Each mock's files have names of their own, under which the loader knows them, and links with the names that a search looks
    /// for: else the loader would take one release's core for another's when a parser asks for it.
    /// </summary>
    private static void MakeTensorRt(string folder, string mine, string layout, int? claims)
    {
        string core = $"libmock_{mine}.so";
        string parser = $"libmock_parser_{mine}.so";
        string define = claims is { } number ? $"-DMOCK_CLAIMS={number}" : "";
        string include = $"-include Layouts/{layout}.h";
        Compile(folder, $"{include} {define} core.cpp faults.cpp onnx_reader.cpp interpreter.cpp -ldl -pthread -Wl,-soname,{core} -o {folder}/{core}");
        Compile(folder,
            $"{include} parser.cpp onnx_reader.cpp interpreter.cpp -L{folder} -l:{core} -Wl,-rpath,$ORIGIN -o {folder}/{parser}");
        (string coreName, string parserName) = Names(layout);
        File.CreateSymbolicLink(Path.Combine(folder, coreName), core);
        File.CreateSymbolicLink(Path.Combine(folder, parserName), parser);
    }

    private static string Folder(string name, string[] sources, Action<string> make) => Folders.GetOrAdd(name, _ => new Lazy<string>(() =>
    {
        string folder = Path.Combine(Kept, Hash(sources), name);
        if (!Directory.Exists(folder))
        {
            // Made under another name first: a run that is killed leaves nothing half made behind.
            string making = $"{folder}.{Environment.ProcessId}";
            string inner = Path.Combine(making, name);
            Directory.CreateDirectory(inner);
            make(inner);
            try
            {
                Directory.Move(inner, folder);
            }
            catch (IOException) when (Directory.Exists(folder))
            {
                // another test process was faster
            }

            Directory.Delete(making, recursive: true);
        }

        return folder;
    })).Value;

    private static void Compile(string folder, string arguments)
    {
        var (code, output) = Run("g++",
            $"-std=c++17 -fPIC -shared -fvisibility=hidden -Wall -Wextra -Werror -Wno-unused-parameter {ExtraFlags} {arguments}");
        if (code != 0)
        {
            throw new InvalidOperationException($"g++ failed for {folder}:\n{output}");
        }
    }

    private static (int Code, string Output) Run(string program, string arguments)
    {
        ProcessStartInfo start = new(program, arguments) { WorkingDirectory = Sources, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private static string? FindCompiler()
    {
        try
        {
            using Process process =
                Process.Start(new ProcessStartInfo("g++", "--version") { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0 ? null : "g++ does not run";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "g++ is not installed, so the mock libraries cannot be compiled";
        }
    }

    private static string Hash(string[] sources)
    {
        string all = ExtraFlags + string.Concat(sources.Select(file => File.ReadAllText(Path.Combine(Sources, file))));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)))[..16];
    }
}
