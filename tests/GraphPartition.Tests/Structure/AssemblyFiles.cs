using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace GraphPartition.Tests.Structure;

/// <summary>
/// The source files of an assembly and which file refers to which, as the compiler wrote them into the assembly and its portable PDB.
/// Constants and enum members that the compiler inlined leave no trace and are not seen.
/// </summary>
internal sealed class AssemblyFiles
{
    /// <summary>The kind of debug information that names the document of a type without method bodies (Portable PDB
    /// specification).</summary>
    private static readonly Guid TypeDefinitionDocuments = new("932E74BC-DBA9-4478-8D46-0F32A7BAB3D3");

    private readonly MetadataReader _reader;
    private readonly PEReader _assembly;
    private readonly Dictionary<TypeDefinitionHandle, string> _fileOf = [];

    private AssemblyFiles(PEReader assembly, MetadataReader symbols, string folder)
    {
        _assembly = assembly;
        _reader = assembly.GetMetadataReader();
        foreach (TypeDefinitionHandle type in _reader.TypeDefinitions)
            if (DocumentOf(type, symbols) is { } document && document.StartsWith(folder, StringComparison.Ordinal)
                && !IsGenerated(document))
                _fileOf[type] = Path.GetRelativePath(folder, document);
        foreach (TypeDefinitionHandle type in _reader.TypeDefinitions)
            if (!_fileOf.ContainsKey(type) && _fileOf.TryGetValue(Outermost(type), out string? file)) _fileOf[type] = file;
        foreach ((TypeDefinitionHandle type, string from) in _fileOf)
            foreach (TypeDefinitionHandle used in new TypeUses(_assembly, _reader).Of(type))
                if (_fileOf.TryGetValue(used, out string? to) && to != from) References.Add((from, to));
    }

    /// <summary>Pairs of files, relative to the assembly's folder: the first refers to a type of the second.</summary>
    public HashSet<(string From, string To)> References { get; } = [];

    /// <summary>How many source files were found.</summary>
    public int Count => _fileOf.Values.Distinct().Count();

    /// <summary>Reads an assembly and its PDB.</summary>
    /// <param name="path">The assembly; the PDB lies beside it.</param>
    /// <param name="folder">The folder of its project.</param>
    public static AssemblyFiles Read(string path, string folder)
    {
        using var assembly = new PEReader(File.OpenRead(path));
        using var symbols = MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(Path.ChangeExtension(path, ".pdb")));
        return new AssemblyFiles(assembly, symbols.GetMetadataReader(), folder);
    }

    private static bool IsGenerated(string document) => document.Contains("/obj/", StringComparison.Ordinal);

    private TypeDefinitionHandle Outermost(TypeDefinitionHandle type)
    {
        while (_reader.GetTypeDefinition(type).GetDeclaringType() is { IsNil: false } outer) type = outer;
        return type;
    }

    private string? DocumentOf(TypeDefinitionHandle type, MetadataReader symbols)
    {
        foreach (CustomDebugInformationHandle handle in symbols.GetCustomDebugInformation(type))
        {
            CustomDebugInformation info = symbols.GetCustomDebugInformation(handle);
            if (symbols.GetGuid(info.Kind) != TypeDefinitionDocuments) continue;
            BlobReader blob = symbols.GetBlobReader(info.Value);
            return NameOf(MetadataTokens.DocumentHandle(blob.ReadCompressedInteger()), symbols);
        }
        foreach (MethodDefinitionHandle method in _reader.GetTypeDefinition(type).GetMethods())
            if (symbols.GetMethodDebugInformation(method.ToDebugInformationHandle()).Document is { IsNil: false } document)
                return NameOf(document, symbols);
        return null;
    }

    private static string NameOf(DocumentHandle document, MetadataReader symbols) =>
        symbols.GetString(symbols.GetDocument(document).Name).Replace('\\', '/');
}
