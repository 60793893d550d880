namespace GraphPartition.Compiler.Planning.Constraints;

/// <summary>
/// A manual assignment, one per line: <c>engine NAME SELECTOR</c> assigns nodes to the engine of that name, which contains exactly the
/// nodes assigned to it; <c>fallback SELECTOR</c> leaves nodes to the fallback. The partitioner places all other nodes. <c>#</c> starts
/// a comment.
/// </summary>
public static class AssignmentFile
{
    /// <summary>Reads a file; GP3008 lists every line that has neither form.</summary>
    /// <exception cref="ModelException">GP3008; GP1001 the file cannot be read.</exception>
    public static ImmutableArray<Assignment> Read(string path)
    {
        string[] lines = InputFile.Read(path, File.ReadAllLines);
        var assignments = ImmutableArray.CreateBuilder<Assignment>();
        var faults = new List<Diagnostic>();
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Split('#')[0].Trim(), origin = $"{path}:{i + 1}";
            string[] words = Split(line), rest = words.Length == 2 ? Split(words[1]) : [];
            switch (words)
            {
                case []: break;
                case ["fallback", var selector]: assignments.Add(new(null, NodeSelector.Parse(selector, origin))); break;
                case ["engine", _] when rest.Length == 2: assignments.Add(new(rest[0], NodeSelector.Parse(rest[1], origin))); break;
                default:
                    faults.Add(CompilerCodes.BadSelector.At(origin, $"'{line}' is neither 'engine NAME SELECTOR' nor 'fallback SELECTOR'"));
                    break;
            }
        }
        return faults.Count == 0 ? assignments.ToImmutable() : throw new ModelException(faults);

        // The first word, and the rest of the line.
        static string[] Split(string text) =>
            text.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
