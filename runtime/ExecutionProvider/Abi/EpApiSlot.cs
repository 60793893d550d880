namespace GraphPartition.ExecutionProvider.Abi;

/// <summary>The functions of the table OrtEpApi that are called here, each with its place (onnxruntime_ep_c_api.h).</summary>
internal enum EpApiSlot
{
    CreateEpDevice = 0,
    ReleaseEpDevice = 1,
    EpGraphSupportInfo_AddNodesToFuse = 2,
}

/// <summary>The functions of the table OrtModelEditorApi that are called here, each with its place (onnxruntime_c_api.h).</summary>
internal enum ModelEditorSlot
{
    CreateNode = 6,
}

/// <summary>The fields of the struct OrtEpFactory that this library fills in; field 0 is the version.</summary>
internal enum FactorySlot
{
    GetName = 1,
    GetVendor = 2,
    GetSupportedDevices = 3,
    CreateEp = 4,
    ReleaseEp = 5,
    GetVendorId = 6,
    GetVersion = 7,
    ValidateCompiledModelCompatibilityInfo = 8,
    CreateAllocator = 9,
    ReleaseAllocator = 10,
    CreateDataTransfer = 11,
    IsStreamAware = 12,
    CreateSyncStreamForDevice = 13,

    /// <summary>The last field of the newest version that is known here.</summary>
    SelectBestModelCandidate = 20,
}

/// <summary>The fields of the struct OrtEp that this library fills in; field 0 is the version.</summary>
internal enum EpSlot
{
    GetName = 1,
    GetCapability = 2,
    Compile = 3,
    ReleaseNodeComputeInfos = 4,
    GetCompiledModelCompatibilityInfo = 12,

    /// <summary>The last field of the newest version that is known here.</summary>
    GetEpContextDataCallbackSupport = 26,
}

/// <summary>The fields of the struct OrtNodeComputeInfo; field 0 is the version.</summary>
internal enum ComputeInfoSlot
{
    CreateState = 1,
    Compute = 2,
    ReleaseState = 3,
}
