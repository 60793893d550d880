using System.Reflection;
using Google.Protobuf;
using GraphPartition.EngineBuilder.Builders.Wire;

namespace GraphPartition.EngineBuilder.Builders;

/// <summary>What a compile and its worker must agree on before the first message (worker.proto has the messages).</summary>
internal static class WorkerProtocol
{
    /// <summary>To increase with every change of a message.</summary>
    public const int Version = 2;

    /// <summary>Up to so many bytes of a model or an engine go through the pipe; more go through a file.</summary>
    public const int InlineBytes = 1 << 20;

    /// <summary>The first bytes of a worker, so that another program is recognized at once.</summary>
    public static ReadOnlySpan<byte> Magic => "GPWORKER"u8;

    /// <summary>How this program introduces itself.</summary>
    public static Hello Mine => new() { Protocol = Version, Version = Program };

    private static string Program { get; } = typeof(WorkerProtocol).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Sends the first bytes of a worker.</summary>
    public static void Introduce(Stream output)
    {
        output.Write(Magic);
        Mine.WriteDelimitedTo(output);
        output.Flush();
    }

    /// <summary>Reads the first bytes of a worker.</summary>
    /// <returns>What is wrong with it; null if it is one of ours.</returns>
    public static string? Recognize(Stream input)
    {
        Span<byte> magic = stackalloc byte[Magic.Length];
        int read = input.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        if (read == 0) return "it ended before it said anything";
        if (read < magic.Length || !magic.SequenceEqual(Magic)) return "what it writes does not come from a worker";
        Hello hello = Hello.Parser.ParseDelimitedFrom(input);
        return hello.Equals(Mine) ? null
            : $"it is of version {hello.Version} (protocol {hello.Protocol}), and this program of version {Program} (protocol {Version})";
    }
}
