// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

interface Token {
  function transfer(address to, uint256 amount) external returns (bool);
  function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

interface SignatureVerifier {
  /// Reverts if the signature is malformed, which includes a high s.
  function recover(bytes32 hash, bytes calldata signature) external view returns (address);
}

/**
 * A test double of the channel precompile (TIP-1034), for a local chain without the precompile.
 * It differs from the precompile in two ways:
 * - it cannot see the transaction that it runs in, so the proxy before the chain writes the hash of
 *   the opening into slot 0 before each `open`;
 * - it moves tokens by allowance, and the precompile needs none.
 */
contract Escrow {
  struct ChannelDescriptor {
    address payer;
    address payee;
    address operator;
    address token;
    bytes32 salt;
    address authorizedSigner;
    bytes32 expiringNonceHash;
  }

  /// All of it fits one storage slot: a second slot would cost more gas than clients estimate.
  struct ChannelState {
    uint96 settled;
    uint96 deposit;
    uint32 closeRequestedAt;
  }

  struct Channel {
    ChannelDescriptor descriptor;
    ChannelState state;
  }

  event ChannelOpened(
    bytes32 indexed channelId,
    address indexed payer,
    address indexed payee,
    address operator,
    address token,
    address authorizedSigner,
    bytes32 salt,
    bytes32 expiringNonceHash,
    uint96 deposit
  );
  event Settled(
    bytes32 indexed channelId,
    address indexed payer,
    address indexed payee,
    uint96 cumulativeAmount,
    uint96 deltaPaid,
    uint96 newSettled
  );
  event TopUp(
    bytes32 indexed channelId,
    address indexed payer,
    address indexed payee,
    uint96 additionalDeposit,
    uint96 newDeposit
  );
  event CloseRequested(
    bytes32 indexed channelId,
    address indexed payer,
    address indexed payee,
    uint256 closeGraceEnd
  );
  event CloseRequestCancelled(
    bytes32 indexed channelId,
    address indexed payer,
    address indexed payee
  );
  event ChannelClosed(
    bytes32 indexed channelId,
    address indexed payer,
    address indexed payee,
    uint96 settledToPayee,
    uint96 refundedToPayer
  );

  error ChannelAlreadyExists();
  error ChannelNotFound();
  error NotPayer();
  error NotPayeeOrOperator();
  error InvalidPayee();
  error ZeroDeposit();
  error ExpiringNonceHashNotSet();
  error InvalidSignature();
  error AmountExceedsDeposit();
  error AmountNotIncreasing();
  error CaptureAmountInvalid();
  error CloseNotReady();
  error DepositOverflow();

  /// Slot 0: the hash of the transaction that is about to open a channel.
  bytes32 private openingHash;
  /// Slot 1: the channels, by id. A channel without a deposit does not exist.
  mapping(bytes32 => ChannelState) private states;

  uint64 public constant CLOSE_GRACE_PERIOD = 15 minutes;
  bytes32 public constant VOUCHER_TYPEHASH =
    keccak256('Voucher(bytes32 channelId,uint96 cumulativeAmount)');
  bytes32 private constant DOMAIN_TYPEHASH =
    keccak256(
      'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'
    );
  SignatureVerifier private constant VERIFIER =
    SignatureVerifier(0x5165300000000000000000000000000000000000);

  /// The payer locks a deposit for the payee.
  function open(
    address payee,
    address operator,
    address token,
    uint96 deposit,
    bytes32 salt,
    address authorizedSigner
  ) external returns (bytes32 channelId) {
    if (payee == address(0)) revert InvalidPayee();
    if (deposit == 0) revert ZeroDeposit();
    if (openingHash == 0) revert ExpiringNonceHashNotSet();
    channelId = computeChannelId(
      msg.sender,
      payee,
      operator,
      token,
      salt,
      authorizedSigner,
      openingHash
    );
    if (states[channelId].deposit != 0) revert ChannelAlreadyExists();
    states[channelId].deposit = deposit;
    take(token, deposit);
    emit ChannelOpened(
      channelId,
      msg.sender,
      payee,
      operator,
      token,
      authorizedSigner,
      salt,
      openingHash,
      deposit
    );
  }

  /// The payer adds to the deposit, which also cancels a request to close. Adding 0 only cancels.
  function topUp(ChannelDescriptor calldata descriptor, uint96 additionalDeposit) external {
    (bytes32 channelId, ChannelState memory state) = existing(descriptor);
    if (msg.sender != descriptor.payer) revert NotPayer();
    if (additionalDeposit > type(uint96).max - state.deposit) revert DepositOverflow();
    bool wasToClose = state.closeRequestedAt != 0;
    state.deposit += additionalDeposit;
    state.closeRequestedAt = 0;
    states[channelId] = state;
    if (additionalDeposit > 0) take(descriptor.token, additionalDeposit);
    if (wasToClose) emit CloseRequestCancelled(channelId, descriptor.payer, descriptor.payee);
    emit TopUp(channelId, descriptor.payer, descriptor.payee, additionalDeposit, state.deposit);
  }

  /// The payee or the operator captures what a voucher adds to earlier captures.
  function settle(
    ChannelDescriptor calldata descriptor,
    uint96 cumulativeAmount,
    bytes calldata signature
  ) external {
    (bytes32 channelId, ChannelState memory state) = existing(descriptor);
    onlyPayeeOrOperator(descriptor);
    if (cumulativeAmount > state.deposit) revert AmountExceedsDeposit();
    if (cumulativeAmount <= state.settled) revert AmountNotIncreasing();
    onlySigned(descriptor, channelId, cumulativeAmount, signature);
    uint96 delta = cumulativeAmount - state.settled;
    states[channelId].settled = cumulativeAmount;
    give(descriptor.token, descriptor.payee, delta);
    emit Settled(
      channelId,
      descriptor.payer,
      descriptor.payee,
      cumulativeAmount,
      delta,
      cumulativeAmount
    );
  }

  /// The payee or the operator ends the channel: it captures at most the voucher's amount, and the
  /// payer gets the rest back.
  function close(
    ChannelDescriptor calldata descriptor,
    uint96 cumulativeAmount,
    uint96 captureAmount,
    bytes calldata signature
  ) external {
    (bytes32 channelId, ChannelState memory state) = existing(descriptor);
    onlyPayeeOrOperator(descriptor);
    if (captureAmount < state.settled || captureAmount > cumulativeAmount)
      revert CaptureAmountInvalid();
    if (captureAmount > state.deposit) revert AmountExceedsDeposit();
    if (captureAmount > state.settled)
      onlySigned(descriptor, channelId, cumulativeAmount, signature);
    delete states[channelId];
    give(descriptor.token, descriptor.payee, captureAmount - state.settled);
    ended(descriptor, channelId, captureAmount, state.deposit - captureAmount);
  }

  /// The payer asks to close, and may withdraw after the grace period. A repeat changes nothing.
  function requestClose(ChannelDescriptor calldata descriptor) external {
    (bytes32 channelId, ChannelState memory state) = existing(descriptor);
    if (msg.sender != descriptor.payer) revert NotPayer();
    if (state.closeRequestedAt != 0) return;
    states[channelId].closeRequestedAt = uint32(block.timestamp);
    emit CloseRequested(
      channelId,
      descriptor.payer,
      descriptor.payee,
      block.timestamp + CLOSE_GRACE_PERIOD
    );
  }

  /// The payer takes back everything that was not settled before the grace period ended.
  function withdraw(ChannelDescriptor calldata descriptor) external {
    (bytes32 channelId, ChannelState memory state) = existing(descriptor);
    if (msg.sender != descriptor.payer) revert NotPayer();
    if (
      state.closeRequestedAt == 0 || block.timestamp < state.closeRequestedAt + CLOSE_GRACE_PERIOD
    ) revert CloseNotReady();
    delete states[channelId];
    ended(descriptor, channelId, state.settled, state.deposit - state.settled);
  }

  function getChannel(ChannelDescriptor calldata descriptor) external view returns (Channel memory) {
    return Channel(descriptor, states[idOf(descriptor)]);
  }

  function getChannelState(bytes32 channelId) external view returns (ChannelState memory) {
    return states[channelId];
  }

  function getChannelStatesBatch(
    bytes32[] calldata channelIds
  ) external view returns (ChannelState[] memory found) {
    found = new ChannelState[](channelIds.length);
    for (uint256 i = 0; i < channelIds.length; i++) found[i] = states[channelIds[i]];
  }

  function computeChannelId(
    address payer,
    address payee,
    address operator,
    address token,
    bytes32 salt,
    address authorizedSigner,
    bytes32 expiringNonceHash
  ) public view returns (bytes32) {
    return
      keccak256(
        abi.encode(
          payer,
          payee,
          operator,
          token,
          salt,
          authorizedSigner,
          expiringNonceHash,
          address(this),
          block.chainid
        )
      );
  }

  function getVoucherDigest(
    bytes32 channelId,
    uint96 cumulativeAmount
  ) public view returns (bytes32) {
    bytes32 voucher = keccak256(abi.encode(VOUCHER_TYPEHASH, channelId, cumulativeAmount));
    return keccak256(abi.encodePacked(hex'1901', domainSeparator(), voucher));
  }

  function domainSeparator() public view returns (bytes32) {
    return
      keccak256(
        abi.encode(
          DOMAIN_TYPEHASH,
          keccak256('TIP20 Channel Reserve'),
          keccak256('1'),
          block.chainid,
          address(this)
        )
      );
  }

  function idOf(ChannelDescriptor calldata descriptor) private view returns (bytes32) {
    return
      computeChannelId(
        descriptor.payer,
        descriptor.payee,
        descriptor.operator,
        descriptor.token,
        descriptor.salt,
        descriptor.authorizedSigner,
        descriptor.expiringNonceHash
      );
  }

  function existing(
    ChannelDescriptor calldata descriptor
  ) private view returns (bytes32 channelId, ChannelState memory state) {
    channelId = idOf(descriptor);
    state = states[channelId];
    if (state.deposit == 0) revert ChannelNotFound();
  }

  function onlyPayeeOrOperator(ChannelDescriptor calldata descriptor) private view {
    bool mayAct = msg.sender == descriptor.payee ||
      (descriptor.operator != address(0) && msg.sender == descriptor.operator);
    if (!mayAct) revert NotPayeeOrOperator();
  }

  function onlySigned(
    ChannelDescriptor calldata descriptor,
    bytes32 channelId,
    uint96 cumulativeAmount,
    bytes calldata signature
  ) private view {
    address signer = descriptor.authorizedSigner == address(0)
      ? descriptor.payer
      : descriptor.authorizedSigner;
    try VERIFIER.recover(getVoucherDigest(channelId, cumulativeAmount), signature) returns (
      address recovered
    ) {
      if (recovered != signer) revert InvalidSignature();
    } catch {
      revert InvalidSignature();
    }
  }

  function take(address token, uint96 amount) private {
    require(Token(token).transferFrom(msg.sender, address(this), amount));
  }

  function give(address token, address to, uint96 amount) private {
    if (amount > 0) require(Token(token).transfer(to, amount));
  }

  function ended(
    ChannelDescriptor calldata descriptor,
    bytes32 channelId,
    uint96 settledToPayee,
    uint96 refundedToPayer
  ) private {
    give(descriptor.token, descriptor.payer, refundedToPayer);
    emit ChannelClosed(
      channelId,
      descriptor.payer,
      descriptor.payee,
      settledToPayee,
      refundedToPayer
    );
  }
}
