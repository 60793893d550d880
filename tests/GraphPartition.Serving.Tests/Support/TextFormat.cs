using System.Diagnostics;
using System.Reflection;

namespace GraphPartition.Serving.Tests.Support;

/// <summary>Protobuf's own compiler reads its text format, which no C# library does.</summary>
internal static class TextFormat
{
    private static readonly string Protoc = Path.Combine(
        typeof(TextFormat).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "GrpcTools").Value!,
        OperatingSystem.IsWindows() ? "windows_x64/protoc.exe" : OperatingSystem.IsMacOS() ? "macosx_x64/protoc" : "linux_x64/protoc");

    /// <summary>Reads a configuration of Triton; a field or a value that the protocol does not have fails.</summary>
    public static ModelConfig ReadConfig(string file)
    {
        // The compiler writes to its standard output, which must not be decoded as text.
        using Process process = Process.Start(new ProcessStartInfo(
            Protoc, ["--encode=inference.ModelConfig", $"--proto_path={Checkout.PathOf("runtime", "Serving")}", "Protocol/model_config.proto"])
        { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.StandardInput.Write(File.ReadAllText(file));
        process.StandardInput.Close();
        using var bytes = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(bytes);
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{file}: {errors}");
        return ModelConfig.Parser.ParseFrom(bytes.ToArray());
    }
}
