using System.Collections.Immutable;
using GraphPartition.Foundation;

namespace GraphPartition.Compiler.Planning.Constraints;

/// <summary>
/// A hand-written assignment, a line each: <c>engine NAME SELECTOR</c> puts nodes into the engine of that name, which holds what is
/// assigned to it and nothing else; <c>fallback SELECTOR</c> leaves nodes to the fallback. Nodes that no line is about are the
/// partitioner's. <c>#</c> starts a comment.
/// </summary>
public static class AssignmentFile
{
    /// <summary>Reads a file; GP3008 names every line that is none of the forms.</summary>
    /// <exception cref="ModelException">GP3008; GP1001 the file cannot be read.</exception>
    public static ImmutableArray<Assignment> Read(string path)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Codes.CannotRead.Error(path, e.Message);
        }
        var assignments = ImmutableArray.CreateBuilder<Assignment>();
        var faults = new List<Diagnostic>();
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Split('#')[0].Trim(), origin = $"{path}:{i + 1}";
            string[] words = line.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            string[] rest = words.Length == 2 ? words[1].Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [];
            switch (words)
            {
                case []: break;
                case ["fallback", var selector]: assignments.Add(new(null, NodeSelector.Parse(selector, origin))); break;
                case ["engine", _] when rest.Length == 2: assignments.Add(new(rest[0], NodeSelector.Parse(rest[1], origin))); break;
                default:
                    faults.Add(Codes.BadSelector.At(origin, $"'{line}' is neither 'engine NAME SELECTOR' nor 'fallback SELECTOR'"));
                    break;
            }
        }
        return faults.Count == 0 ? assignments.ToImmutable() : throw new ModelException(faults);
    }
}
