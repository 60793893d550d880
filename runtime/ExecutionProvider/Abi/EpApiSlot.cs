namespace GraphPartition.ExecutionProvider.Abi;

/// <summary>The functions of the table OrtEpApi that are called here, each with its place (onnxruntime_ep_c_api.h).</summary>
internal enum EpApiSlot
{
    CreateEpDevice = 0,
    ReleaseEpDevice = 1,
    EpGraphSupportInfo_AddNodesToFuse = 2,
    EpDevice_AddAllocatorInfo = 5,
    MemoryInfo_GetMemoryDevice = 6,
    Value_GetMemoryDevice = 7,
    MemoryDevice_GetDeviceType = 9,
    MemoryDevice_GetVendorId = 11,
    MemoryDevice_GetDeviceId = 12,
    CreateHardwareDevice = 16,
    ReleaseHardwareDevice = 17,
    CreateKernelRegistry = 18,
    ReleaseKernelRegistry = 19,
    KernelRegistry_AddKernel = 20,
    CreateKernelDefBuilder = 21,
    ReleaseKernelDefBuilder = 22,
    KernelDefBuilder_SetOperatorType = 23,
    KernelDefBuilder_SetDomain = 24,
    KernelDefBuilder_SetSinceVersion = 25,
    KernelDefBuilder_SetExecutionProvider = 26,
    KernelDefBuilder_SetInputMemType = 27,
    KernelDefBuilder_SetOutputMemType = 28,
    KernelDefBuilder_AddTypeConstraint = 29,
    KernelDefBuilder_Build = 32,
    ReleaseKernelDef = 33,
    GetTensorDataType = 40,
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
    GetKernelRegistry = 13,
    GetDefaultMemoryDevice = 23,

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

/// <summary>The fields of the struct OrtAllocator; field 0 is the version.</summary>
internal enum AllocatorSlot
{
    Alloc = 1,
    Free = 2,
    Info = 3,
    Reserve = 4,
    GetStats = 5,
    AllocOnStream = 6,
    Shrink = 7,
}

/// <summary>The fields of the struct OrtDataTransferImpl; field 0 is the version.</summary>
internal enum DataTransferSlot
{
    Release = 1,
    CanCopy = 2,
    CopyTensors = 3,
}

/// <summary>The fields of the struct OrtKernelImpl; field 0 is the version and flags.</summary>
internal enum KernelSlot
{
    Compute = 1,
    Release = 2,
    SetSharedPrePackedWeight = 4,
}
