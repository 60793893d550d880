using System.Text;

namespace GraphPartition.MindIr.Decode;

/// <summary>Names in a file, and as users see them.</summary>
internal static class FileNames
{
    /// <summary>The name of a node's one output.</summary>
    public static string OutputOf(NodeProto node) => node.Output.Count > 0 ? node.Output[0] : node.Name;

    /// <summary>A name as users know it: "graph:conv1.weight" is "conv1.weight".</summary>
    public static string ForUser(string name) => name.IndexOf(':') is >= 0 and var colon ? name[(colon + 1)..] : name;

    /// <summary>Bytes as text for a message, shortened to a few words.</summary>
    public static string Excerpt(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, 80)]);
}
