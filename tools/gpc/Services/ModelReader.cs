using System.Collections.Immutable;
using GraphPartition.Compiler.Import;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Views;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;
using GraphPartition.Operators.Extensions;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;

namespace GraphPartition.Gpc.Services;

/// <summary>Reads models, keys and files of operators. Warnings go to standard error.</summary>
internal static class ModelReader
{
    /// <summary>Reads a model.</summary>
    /// <exception cref="ModelException">The file is wrong.</exception>
    public static Model Read(
        string path, OperatorTable operators, ReadOnlyMemory<byte> key = default, IReadOnlyCollection<OpName>? keepFunctions = null)
    {
        Model model = ModelFile.Read(path, operators, key, keepFunctions);
        Warn(model.Warnings);
        return model;
    }

    /// <summary>The operator table with the operators in these files, and the types that libraries of custom operators give.</summary>
    /// <exception cref="ModelException">GP2009: a file is wrong.</exception>
    public static OperatorTable Operators(ImmutableArray<string> files, CustomOperators? custom = null)
    {
        OperatorTable table = OperatorTable.Default.With(files.SelectMany(f => OperatorsFile.Read(f)));
        return custom is null or { IsEmpty: true } ? table : table.WithOthers(new OrtNodeTypes(custom));
    }

    /// <summary>The key in a file; empty where no file is given.</summary>
    /// <exception cref="ModelException">GP1001: the file cannot be read.</exception>
    public static ReadOnlyMemory<byte> Key(string? path) =>
        path is null ? default : WithoutLineEnd(InputFile.Read(path, File.ReadAllBytes));

    /// <summary>Prints warnings to standard error.</summary>
    public static void Warn(IEnumerable<Diagnostic> warnings) => DiagnosticView.Write(warnings);

    /// <summary>Editors and echo end a line. The line end is not part of the key if the key is complete without it.</summary>
    private static ReadOnlyMemory<byte> WithoutLineEnd(byte[] key)
    {
        int length = key.AsSpan().TrimEnd("\r\n"u8).Length;
        return key.Length is not (16 or 24 or 32) && length is 16 or 24 or 32 ? key.AsMemory(0, length) : key;
    }
}
