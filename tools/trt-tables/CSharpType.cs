namespace GraphPartition.TrtTables;

/// <summary>How C++ types cross the border.</summary>
internal static class CSharpType
{
    /// <summary>Enumerations that are passed; the headers give each int32_t as its base.</summary>
    private static readonly HashSet<string> Enumerations =
    [
        "BuilderFlag", "ComputeCapability", "DataType", "ErrorCode", "ExecutionContextAllocationStrategy", "HardwareCompatibilityLevel",
        "LayerInformationFormat",
        "LayerType", "MemoryPoolType", "OnnxParserFlag", "OptProfileSelector", "ProfilingVerbosity", "TensorFormat", "TensorIOMode",
        "TensorLocation",
    ];

    /// <summary>The type in a function pointer.</summary>
    public static string Native(string type) => type switch
    {
        "void" => "void",
        "bool" => "byte",
        "int" or "int32_t" => "int",
        "int64_t" => "long",
        "uint64_t" => "ulong",
        "size_t" => "nuint",
        "float" => "float",
        "Dims" => "Dims", // by value or returned: the writer picks the layout
        "Dims&" => "Dims*",
        "char*" => "byte*",
        "int64_t*" or "int64_t&" => "long*",
        "int32_t*" => "int*",
        "cudaStream_t" or "cudaEvent_t" or "PluginLibraryHandle" => "nint",
        _ when type.EndsWith('*') || type.EndsWith('&') => "nint",
        "BuilderFlags" or "NetworkDefinitionCreationFlags" or "OnnxParserFlags" => "uint",
        _ when Enumerations.Contains(type) => "int",
        _ => throw new InvalidDataException($"no rule maps the C++ type {type} to C#"),
    };

    /// <summary>The type in the generated method: as in the function pointer, but bool is bool and Dims are neutral.</summary>
    public static string Managed(string type) => type switch
    {
        "bool" => "bool",
        "Dims" or "Dims&" => "Dims",
        _ => Native(type),
    };
}
