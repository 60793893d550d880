using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace GraphPartition.Samples.Tests.Support;

/// <summary>Compiles C# exactly as it is printed somewhere and runs it as a process, with the assemblies of these tests.</summary>
internal static class Snippet
{
    private static readonly string Name = typeof(Snippet).Assembly.GetName().Name!;

    /// <summary>Compiles and runs a program.</summary>
    /// <param name="code">Its text.</param>
    /// <param name="usings">Namespaces that the program may use without saying so.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="arguments">Its arguments.</param>
    public static Outcome Run(string code, string[] usings, string folder, params string[] arguments)
    {
        string assembly = Path.Combine(folder, "snippet.dll");
        Compile(code, usings, assembly);
        string own = Path.Combine(AppContext.BaseDirectory, Name);
        return Program.Run(
            "dotnet", folder,
                ["exec", "--runtimeconfig", own + ".runtimeconfig.json", "--depsfile", own + ".deps.json", assembly, .. arguments]);
    }

    private static void Compile(string code, string[] usings, string assembly)
    {
        string implicitUsings = string.Concat(usings.Select(u => $"global using {u};\n"));
        string[] trusted = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        CSharpCompilation compilation = CSharpCompilation.Create(
            "snippet",
            [CSharpSyntaxTree.ParseText(code), CSharpSyntaxTree.ParseText(implicitUsings)],
            trusted.Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        Diagnostic[] faults = [.. compilation.Emit(assembly).Diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Warning)];
        Assert.True(faults.Length == 0, string.Join("\n", faults.Select(f => f.ToString())));
    }
}
