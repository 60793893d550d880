using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.Gpc.Services;

/// <summary>Refuses outputs that would overwrite a file which the command reads.</summary>
internal static class OutputFile
{
    private const int MostLinks = 40; // as in Linux; more are a circle

    /// <summary>Checks the outputs of a command.</summary>
    /// <param name="outputs">Each option with the file that it names; null: the option is not given.</param>
    /// <param name="inputs">The files that the command reads; null: none.</param>
    /// <exception cref="ModelException">GP3021: an output is an input, also through links, or two outputs are one file.</exception>
    public static void Check(IEnumerable<(string Option, string? Path)> outputs, params IEnumerable<string?> inputs)
    {
        var taken = new Dictionary<string, string>(OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);
        foreach (string? input in inputs)
            if (input is not null) taken.TryAdd(Real(input), $"the input {input}");
        foreach ((string option, string? path) in outputs)
            if (path is not null && !taken.TryAdd(Real(path), $"the file of {option}"))
                throw GpcCodes.OverwritesInput.Error($"{option} {path}", $"this would overwrite {taken[Real(path)]}");
    }

    /// <summary>Checks a model file that is about to be written, and its file of weights.</summary>
    /// <param name="path">The model file.</param>
    /// <param name="source">The model, whose weights may be views of files.</param>
    /// <exception cref="ModelException">GP3021.</exception>
    public static void CheckWeights(string path, Model source) => Check(
        [("--output", path), ("the weights of --output", path + ".data")], WeightFilesOf(source).Prepend(source.Path));

    /// <summary>The files that hold weights of the model.</summary>
    public static IEnumerable<string> WeightFilesOf(Model model) => model.Graph.Constants.Select(c => c.Data)
        .Concat(model.Graph.Defaults.Values).OfType<FileTensor>().Select(data => data.File.Path).Distinct();

    /// <summary>The full path without links, of a file that need not exist.</summary>
    private static string Real(string path, int links = 0)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(full) is not { } folder) return full;
        string place = Path.Combine(Real(folder, links), Path.GetFileName(full));
        return links < MostLinks && new FileInfo(place).LinkTarget is { } target
            ? Real(Path.GetFullPath(target, Path.GetDirectoryName(place)!), links + 1) : place;
    }
}
