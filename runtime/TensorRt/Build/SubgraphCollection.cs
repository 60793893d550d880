namespace GraphPartition.TensorRt.Build;

/// <summary>
/// SubGraphCollection_t (NvOnnxParser.h): a std::vector of std::pair of std::vector of size_t and bool. In libstdc++ a vector
/// is {begin, end, end of storage}, all null when empty; so a pair is 32 bytes. The parser allocates its memory with operator new, and
/// this class frees it with operator delete.
/// </summary>
internal sealed unsafe class SubgraphCollection : IDisposable
{
    private static readonly Lazy<nint> OperatorDelete = new(FindOperatorDelete);

    private readonly Vector* _vector = (Vector*)NativeMemory.AllocZeroed((nuint)sizeof(Vector));

    public nint Address => (nint)_vector;

    public List<ParserSubgraph> Read()
    {
        List<ParserSubgraph> subgraphs = [];
        for (Pair* pair = (Pair*)_vector->Begin; pair < _vector->End; pair++)
        {
            int count = checked((int)((nuint*)pair->Nodes.End - (nuint*)pair->Nodes.Begin));
            int[] nodes = new int[count];
            for (int i = 0; i < count; i++) nodes[i] = checked((int)((nuint*)pair->Nodes.Begin)[i]);
            subgraphs.Add(new ParserSubgraph(nodes, pair->IsSupported != 0));
        }
        return subgraphs;
    }

    public void Dispose()
    {
        for (Pair* pair = (Pair*)_vector->Begin; pair < _vector->End; pair++) Delete(pair->Nodes.Begin);
        Delete(_vector->Begin);
        NativeMemory.Free(_vector);
    }

    private static void Delete(void* memory)
    {
        if (OperatorDelete.Value is not 0 and var delete) ((delegate* unmanaged<void*, void>)delete)(memory);
    }

    /// <summary>
    /// operator delete(void*), from where the loader would find the parser's operator new: first the program's global scope, where an
    /// allocator may replace both, then the C++ runtime. 0 if there is neither; the few bytes then leak.
    /// </summary>
    private static nint FindOperatorDelete() =>
        NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "_ZdlPv", out nint delete)
        || (NativeLibrary.TryLoad("libstdc++.so.6", out nint runtime) && NativeLibrary.TryGetExport(runtime, "_ZdlPv", out delete))
            ? delete : 0;

#pragma warning disable CS0649 // written by the parser
    private struct Vector
    {
        public void* Begin;
        public void* End;
        public void* EndOfStorage;
    }

    private struct Pair
    {
        public Vector Nodes;
        public byte IsSupported;
    }
#pragma warning restore CS0649
}
